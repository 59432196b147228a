"""Compiled modules that a full disk cut short: taken away, and none written where space is scarce.

CPython before 3.12.8 and 3.13.1 (gh-126606) keeps a `.pyc` of which only a part fitted, and every
later start ends in "EOFError: marshal data too short", however much space there is by then.
Imported before all other code of this project, so it imports none and is itself too short to be cut.
"""

import marshal
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

SCARCE = 1 << 26  # bytes free
BLOCK = 512  # what a full disk cuts short ends with a block
HEADER = 16  # bytes of a .pyc before its code


def mend(folders: Iterable[Path]) -> None:
    """Delete cut `.pyc` files below `folders`; write none from here on if the disk is nearly full."""
    for folder in folders:
        if shutil.disk_usage(folder).free < SCARCE:
            sys.dont_write_bytecode = True
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # for the processes that this one starts
        for place, _, names in os.walk(folder):
            if place.endswith("__pycache__"):
                for name in names:
                    path = os.path.join(place, name)
                    if name.endswith(f"{sys.implementation.cache_tag}.pyc") and _cut(path):
                        os.unlink(path)


def _cut(path: str) -> bool:
    if os.stat(path).st_size % BLOCK:
        return False
    with open(path, "rb") as file:
        content = file.read()
    try:
        marshal.loads(content[HEADER:])
    except (EOFError, ValueError, TypeError):
        return True
    return False
