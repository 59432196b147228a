"""A folder as target: the whole new site is laid beside it, then the two change places at once.

The site that was there before stays beside it, as `.<folder>.previous`, until the next
publication: readers in the middle of it can end, and it can be put back.
"""

import ctypes
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundwork.core.provenance import sha256
from groundwork_harness.pipeline.publish_target import (
    RECORD,
    Held,
    PublishError,
    files_of,
    read_record,
    written,
)

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>
MISSING = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)  # how a system says it cannot exchange


class Folder:
    """A folder that a web server, a synchronised disk or another tool serves."""

    def __init__(self, folder: str, root: Path) -> None:
        if not folder:
            raise PublishError(
                "publish.target is `folder`, but publish.folder in config.yaml is empty"
            )
        self.folder = (root / Path(folder).expanduser()).resolve()
        self.label = f"folder {self.folder}"
        self.make_room = "move them away, or name another folder in config.yaml's publish.folder"
        if not self.folder.parent.is_dir():
            raise PublishError(
                f"there is no folder {self.folder.parent} to publish in (publish.folder); "
                "create it, or mount its disk"
            )
        if self.folder.exists() and not self.folder.is_dir():
            raise PublishError(f"{self.folder} (publish.folder) is a file, not a folder")

    def beside(self, word: str) -> Path:
        """The folder's neighbour for a purpose, on the same disk."""
        return self.folder.with_name(f".{self.folder.name}.{word}")

    def tidy(self) -> None:
        """Drop a half-laid site; put the last one back if a run died between two renames."""
        try:
            self._refuse_foreign()
            shutil.rmtree(self.beside("new"), ignore_errors=True)
            if not self.folder.exists() and self.beside("previous").exists():
                self.beside("previous").rename(self.folder)
        except OSError as problem:
            raise self._unwritable(problem) from problem

    def _refuse_foreign(self) -> None:
        """Raise where a neighbour that is about to be deleted was not laid by a publication."""
        for path in (self.beside("new"), self.beside("previous")):
            if path.exists() and any(path.iterdir()) and not (path / RECORD).is_file():
                raise PublishError(
                    f"{path} is in the way and was not published from here; move it away"
                )

    def _unwritable(self, problem: OSError) -> PublishError:
        words = problem.strerror or str(problem)  # shutil's own error has a list, and no errno
        return PublishError(
            f"{self.folder} could not be replaced, and stays as it was: {words}; "
            f"check the permissions of {self.folder.parent} and the space on its disk"
        )

    def held(self) -> Held | None:
        """What lies in the folder."""
        if not self.folder.is_dir():
            return None
        try:
            record = self.folder / RECORD
            known = read_record(record.read_text(encoding="utf-8")) if record.is_file() else None
            return Held(self.digests(self.folder), known)
        except OSError as problem:
            raise PublishError(f"{self.folder} cannot be read: {problem.strerror}") from problem

    def digests(self, site: Path) -> dict[str, str]:
        """Path → SHA-256."""
        return {name: sha256(site / name) for name in files_of(site)}

    def send(self, site: Path, record: Mapping[str, Any], message: str) -> list[str]:  # noqa: ARG002
        """Lay the site beside the folder, then exchange the two."""
        try:
            return self._send(site, record)
        except OSError as problem:
            raise self._unwritable(problem) from problem

    def _send(self, site: Path, record: Mapping[str, Any]) -> list[str]:
        new, previous = self.beside("new"), self.beside("previous")
        new.mkdir()
        (new / RECORD).write_text(written(record), encoding="utf-8")  # first: it says whose this is
        shutil.copytree(site, new, dirs_exist_ok=True)
        if not self.folder.exists():
            new.rename(self.folder)
            return []
        if exchange(new, self.folder):
            shutil.rmtree(previous, ignore_errors=True)
            new.rename(previous)
            return []
        shutil.rmtree(previous, ignore_errors=True)
        self.folder.rename(previous)
        new.rename(self.folder)
        return [f"this system cannot exchange folders: for an instant {self.folder} was not there"]


def exchange(a: Path, b: Path) -> bool:
    """Let two paths of one file system change places in one step; False where that cannot be done."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:  # not Linux
        return False
    if call(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in MISSING:
        return False
    raise OSError(code, os.strerror(code), str(b))
