"""Freed memory is kept where the C library allows it."""

import ctypes
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from groundwork.core.memory import keep_freed

if sys.argv[1] == "kept":
    keep_freed()
def pages():
    for _ in range(20):
        several = [np.empty(1_000_000, dtype=np.uint8) for _ in range(10)]
        for one in several:
            one.fill(1)
        del several, one
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
first = pages()
print(pages() - first)
"""


def faults(how):
    command = [sys.executable, "-c", FAULTS, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="the C library is not glibc"
)
def test_memory_that_was_freed_is_not_cleared_again():
    assert faults("kept") < 100 < faults("returned")


def test_another_c_library_changes_nothing(monkeypatch):
    from groundwork.core import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.keep_freed()
