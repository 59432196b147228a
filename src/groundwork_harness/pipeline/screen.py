"""What a run prints while it goes on: lines, and on a terminal a last line that is redrawn."""

import shutil
import sys
import threading
import time

PACE = 1.0  # seconds between lines of finished jobs where nobody sees them come


class Screen:
    """Standard error. `live`: a terminal, whose last line says what runs now."""

    def __init__(self, live: bool) -> None:
        self.live = live
        self.spoke = self.told = 0.0  # when anything, and when a finished job was last printed
        self._status = ""
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        """Print a line or more, above the status."""
        with self._lock:
            status = self._status
            self.status("")
            print(text, file=sys.stderr, flush=True)
            self.spoke = time.monotonic()
            self.status(status)

    def finished(self, text: str) -> None:
        """Print the line of a finished job; in a file or a log at most one a second."""
        if self.live or time.monotonic() - self.told >= PACE:
            self.told = time.monotonic()
            self.say(text)

    def status(self, text: str) -> None:
        """Redraw the last line of a terminal; an empty text takes it away."""
        if self.live and text + self._status:
            with self._lock:
                self._status = text[: shutil.get_terminal_size().columns - 1]
                print(f"\r\x1b[K{self._status}", end="", file=sys.stderr, flush=True)
