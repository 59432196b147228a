"""Planted bugs: the checks must turn red, in Python and in C++."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.matmul import door
from groundwork.matmul.oracle import excess, random_case

NATIVE = Path(__file__).parents[2] / "native"

# file, right text, planted bug: each is what a tail or an update gets wrong most easily.
MUTATIONS = {
    "a lost last step of the depth": ("tile.cpp", "for (; k < depth;", "for (; k + 1 < depth;"),
    "a short last row block": ("tiled.cpp", "least(i0 + t, p.m)", "least(i0 + t, p.m - 1)"),
    "a thin row that forgets alpha": ("thin.cpp", "V::all(alpha * a[g])", "V::all(a[g])"),
    "a panel of B one row late": ("pack.cpp", "++k, b += ldb,", "++k, b += k > 1 ? ldb : 0,"),
}


def worst() -> float:
    cases = [random_case(stream(5, i), 65) for i in range(60)]
    return max(excess(case, case.run("packed")) for case in cases)


def test_the_oracle_sees_a_wrong_leading_dimension(monkeypatch):
    assert worst() <= 1
    monkeypatch.setattr(door, "_leading", lambda x: int(x.shape[1]))
    assert worst() > 1


def test_the_oracle_sees_a_view_taken_for_contiguous(monkeypatch):
    def careless(x):
        return x if x.flags.aligned and x.base is None else np.ascontiguousarray(x[::1] * 1.0001)

    monkeypatch.setattr(door, "_rows", careless)
    assert worst() > 1


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of native/, configured for the portable instruction set without optimisation."""
    folder = tmp_path_factory.mktemp("mutants")
    shutil.copytree(NATIVE, folder / "native")
    options = ["-DGROUNDWORK_ROOM=matmul", "-DGROUNDWORK_SIMD=scalar", "-DCMAKE_BUILD_TYPE=Debug"]
    configure = ["cmake", "-S", folder / "native", "-B", folder / "build", *options]
    subprocess.run([*configure, "-DGROUNDWORK_WERROR=OFF"], check=True, stdout=subprocess.DEVNULL)
    assert verdict(folder) == 0
    return folder


def verdict(folder: Path) -> int:
    build = ["cmake", "--build", folder / "build", "--target", "matmul_test"]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return subprocess.run([folder / "build" / "matmul_test"], capture_output=True).returncode


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_native_tests_see_a_planted_bug(copy, name):
    file, right, wrong = MUTATIONS[name]
    path = copy / "native" / "matmul" / file
    text = path.read_text()
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong))
    try:
        assert verdict(copy) != 0
    finally:
        path.write_text(text)
