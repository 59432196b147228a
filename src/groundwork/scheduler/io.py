"""Disk access of the room: graph files in, texts out."""

import re
import sys
from os import PathLike
from pathlib import Path

from groundwork.core.atomic import write_text
from groundwork.scheduler.parse import GraphError

# Control characters, separators of lines, marks that turn the direction of text, no characters:
# they break a line, a terminal or an XML file.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Text on one line, characters that cannot be shown as escapes such as `\\x1b`."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


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
