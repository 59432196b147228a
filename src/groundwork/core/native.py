"""The door to native code: shared libraries with a plain C interface, loaded by name.

A C interface needs no Python headers to build, one build serves every Python, and `native/`
stays a CMake project that stands by itself.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

from groundwork.core.provenance import ROOT

PACKAGED = Path(__file__).parents[1] / "_native"  # where an installed wheel has them


def filename(room: str) -> str:
    """The file name of a room's library on this system."""
    return f"libgroundwork_{room}.{'dylib' if sys.platform == 'darwin' else 'so'}"


@cache
def library(room: str) -> ctypes.CDLL:
    """The room's library: of `$GROUNDWORK_NATIVE` if set, else the wheel's, else the checkout's.

    Raises `FileNotFoundError` that says how to build it.
    """
    built = PACKAGED if PACKAGED.is_dir() else ROOT / "results" / "native"
    path = Path(os.environ.get("GROUNDWORK_NATIVE", built)) / filename(room)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not built; run: snakemake --cores all native")
    return ctypes.CDLL(str(path))
