"""One live run per tree: a lock that the kernel drops with its holder, so none is ever stale."""

import fcntl
import os
from pathlib import Path
from typing import IO


class AlreadyRunning(RuntimeError):
    """Another live run holds the tree."""


class RunLock:
    """An advisory lock on a file that holds the pid of the run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock until this process ends. Raises `AlreadyRunning` with the holder's pid."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open(self.path, "a+")  # noqa: SIM115  (held open for the life of the process)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(
                f"another run works in this tree (pid {holder}); wait for it, or stop it: "
                f"kill {holder}"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let the tree go before this process ends."""
        if self._file:
            self._file.close()
            self._file = None

    def holder(self) -> int | None:
        """The pid of the live run that holds the lock, or None."""
        try:
            with open(self.path) as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read().strip() or 0)
        except OSError:
            pass  # never run here
        return None
