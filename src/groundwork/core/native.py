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


@cache
def library(room: str) -> ctypes.CDLL:
    """The room's library, from `$GROUNDWORK_NATIVE` if set, else from `results/native/`.

    Raises `FileNotFoundError` that says how to build it.
    """
    folder = Path(os.environ.get("GROUNDWORK_NATIVE", ROOT / "results" / "native"))
    suffix = "dylib" if sys.platform == "darwin" else "so"
    path = folder / f"libgroundwork_{room}.{suffix}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not built; run: snakemake --cores all native")
    return ctypes.CDLL(str(path))
