"""pip, followed: what is installed, how large it is, how far it is, and what a failure needs.

    python workflow/tools/install.py "what the build needs" -r requirements.lock

Runs before anything is installed, so it uses the standard library alone. pip by itself is silent
for minutes, or prints some hundred lines. Its own words are kept in `setup.log` in the environment.
"""

import importlib.metadata
import queue
import re
import subprocess
import sys
import sysconfig
import threading
import time
from itertools import pairwise
from pathlib import Path

PACE = 10.0  # seconds between lines where nothing new begins
SIZE = re.compile(r"^# (\d+ packages, .+ on disk)", re.M)  # as `make lock` writes it
# A pin's own remark: from which Python on there is no wheel, so that it is compiled.
COMPILED = re.compile(r"^([\w.-]+)==.*# compiled from Python (\d+)\.(\d+) on", re.M)
UNBUILT = re.compile(
    r"Failed building wheel for ([\w.-]+)|Failed to build (?!installable)([\w.-]+)"
)
UNANSWERED = ("Failed to establish a new connection", "Temporary failure in name resolution")
TAIL = 15


class Progress:
    """What pip's lines so far say: what it looks up, fetches and installs."""

    def __init__(self) -> None:
        self.phase = ""
        self.lookups = self.fetched = self.total = 0
        self.name = ""
        self.part = ""

    def read(self, line: str) -> None:
        """Take one line of pip's."""
        words = line.split()
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            self.phase, self.lookups = "looks up", self.lookups + 1
            self.name = words[1] if words[0] == "Collecting" else words[3]
        elif words[:1] == ["Downloading"] and ".metadata" not in line:
            self.phase, self.part = "fetches", ""
            self.name = words[1].rpartition("/")[2]
            self.fetched += 1
        elif words[:1] == ["Progress"] and len(words) == 4 and words[3].isdigit():
            self.part = f", {megabytes(words[1])} of {megabytes(words[3])}"
        elif words[:1] == ["Building"]:
            self.phase, self.name = "builds", " ".join(words[1:])
        elif line.startswith("Installing collected packages"):
            self.phase, self.total = "unpacks", line.count(",") + 1

    def __str__(self) -> str:
        short = "-".join(self.name.split("-")[:2]) if self.phase == "fetches" else self.name
        match self.phase:
            case "looks up":
                return f"{self.lookups} looked up, now {short}"
            case "fetches":
                return f"{self.fetched} fetched, now {short}{self.part}"
            case "builds":
                return f"building {short}"
            case "unpacks":
                return f"unpacking {self.total} packages"
        return "starting"


def megabytes(count: str) -> str:
    """Bytes in words."""
    return f"{int(count) / 1e6:.0f} MB"


def headers_lack(lock: str) -> str:
    """What to install first, where a pin is compiled under this Python and its headers are absent."""
    if Path(sysconfig.get_path("include"), "Python.h").is_file():
        return ""
    names = [
        name for name, *since in COMPILED.findall(lock) if (*map(int, since),) <= sys.version_info
    ]
    return f"{_compiles(names)} needs Python's headers; {_REMEDY}" if names else ""


_REMEDY = "on Debian or Ubuntu: apt install g++ python3-dev   on macOS: xcode-select --install"


def _compiles(names: list[str]) -> str:
    python = ".".join(map(str, sys.version_info[:2]))
    return f"{', '.join(names)} has no wheel for Python {python}; compiling it"


def remedy(said: str) -> str:
    """What the end of pip's output asks for, in one line; empty where that is not known."""
    if names := sorted({one or two for one, two in UNBUILT.findall(said)}):
        return f"{_compiles(names)} failed; {_REMEDY}"
    if "No space left on device" in said:
        return "the disk is full; free some space"
    if any(words in said for words in UNANSWERED):
        return "no package index answers; connect to the network, or name one: PIP_INDEX_URL=…"
    return ""


def follow(title: str, words: list[str], pace: float = PACE) -> int:
    """Run `pip install` with these words, saying what it does; its exit status."""
    locks = [Path(after) for word, after in pairwise(words) if word == "-r"]
    text = "".join(path.read_text(encoding="utf-8") for path in locks)
    size = SIZE.search(text)
    print(f"setup: {title}" + (f": {size[1]}" if size else ""), flush=True)
    if lacking := headers_lack(text):
        print(f"error: {lacking}", file=sys.stderr)
        return 1
    progress, said = Progress(), []
    began = spoke = time.monotonic()
    with subprocess.Popen(
        [*_pip(), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_pass_on, args=(pip, lines), daemon=True).start()
        while (line := _next(lines, spoke + pace)) is not None:
            progress.read(line)
            said += [line] if line and not line.startswith("Progress ") else []
            if time.monotonic() - spoke >= pace:
                spoke = time.monotonic()
                print(f"setup:   {progress}, {spoke - began:.0f} s", flush=True)
    (Path(sys.prefix) / "setup.log").write_text("\n".join(said), encoding="utf-8")
    if pip.returncode:
        print("\n".join(said[-TAIL:]), file=sys.stderr)
        print(f"error: {remedy(chr(10).join(said)) or 'pip failed'}", file=sys.stderr)
    return pip.returncode


def _pip() -> list[str]:
    """`pip install` in a form whose progress can be read, which older ones do not have."""
    version = tuple(map(int, importlib.metadata.version("pip").split(".")[:2]))
    bar = "raw" if version >= (24, 1) else "off"
    return [sys.executable, "-u", "-m", "pip", "install", "--progress-bar", bar]


def _pass_on(pip: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    """What pip says, line by line, then None."""
    for line in pip.stdout or ():
        lines.put(line.rstrip())
    lines.put(None)


def _next(lines: queue.Queue[str | None], until: float) -> str | None:
    """pip's next line; empty if none comes until then."""
    try:
        return lines.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        return ""


if __name__ == "__main__":
    sys.exit(follow(sys.argv[1], sys.argv[2:]))
