"""One binary, several instruction sets: found, forced, refused."""

import os
import subprocess
import sys

import numpy as np
import pytest

from groundwork.matmul import isa, isas, matmul, register_tile, use_isa
from groundwork.matmul.door import compiler

SHOW = "from groundwork.matmul import isa; print(isa())"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_best_is_used_and_the_portable_one_is_always_there():
    assert isas()[-1] == "scalar"
    assert run(SHOW, GROUNDWORK_ISA="").stdout.strip() == isas()[0]


def test_the_environment_forces_one():
    for name in isas():
        assert run(SHOW, GROUNDWORK_ISA=name).stdout.strip() == name


def test_an_unknown_one_is_refused_by_name():
    done = run(SHOW, GROUNDWORK_ISA="mmx")
    assert done.returncode != 0
    assert "ValueError: instruction set 'mmx': available here: " in done.stderr
    before = isa()
    with pytest.raises(ValueError, match="'sse9'"):
        use_isa("sse9")
    assert isa() == before


def test_forcing_changes_the_code_that_runs(instruction_set):
    rows, columns = register_tile()
    sizes = {"avx512": (14, 32), "avx2": (6, 16), "neon": (8, 12), "scalar": (4, 3)}
    assert (rows, columns) == sizes[instruction_set]
    a = np.arange(600, dtype=np.float32).reshape(20, 30)  # whole numbers: every order is exact
    assert np.array_equal(matmul(a, a.T), a @ a.T)


def test_the_library_names_its_compiler():
    assert compiler().startswith(("GCC", "Clang", "Apple"))
