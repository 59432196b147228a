"""Disk access of the room: graph files in, texts out."""

import sys
from os import PathLike
from pathlib import Path

from groundwork.core.atomic import write_text
from groundwork.scheduler.parse import GraphError


def text_of(path: str | PathLike[str]) -> str:
    """The text of a file, or of standard input for `-`.

    Raises `ValueError` where it is not UTF-8, `OSError` where it cannot be read.
    """
    data = sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise GraphError(f"line {line}: not UTF-8 text") from None


def bytes_of(path: str | PathLike[str]) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    return sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()


def write(path: str | PathLike[str], text: str) -> None:
    """Write text to a file, atomically, or to standard output for `-`."""
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        write_text(Path(path), text)
