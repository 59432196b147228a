"""The room's C++ library, built once for its tests; mutated copies of it, for planted faults."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from groundwork.core import native
from groundwork.core.provenance import ROOT

SOURCES = ROOT / "native"
FLAGS = ("-std=c++20", "-O2", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fPIC",
         "-shared", "-Wno-psabi", "-DGROUNDWORK_LEVEL=baseline")  # fmt: skip


def compile_library(sources: Path, folder: Path) -> None:
    """The library of a tree like `native/`, without CMake, for any processor."""
    files = [
        str(sources / "reproduction" / name) for name in ("api.cpp", "kernel.cpp", "sampler.cpp")
    ]
    suffix = "dylib" if sys.platform == "darwin" else "so"
    out = folder / f"libgroundwork_reproduction.{suffix}"
    include = f"-I{sources / 'common'}"
    command = [os.environ.get("CXX", "g++"), *FLAGS, include, *files, "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True)


@pytest.fixture(scope="session", autouse=True)
def built(tmp_path_factory):
    """Every test of the room calls this build."""
    folder = tmp_path_factory.mktemp("native")
    compile_library(SOURCES, folder)
    native.library.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDWORK_NATIVE", str(folder))
        native.library("reproduction")  # cached: stays loaded when the variable is gone
    yield folder
    native.library.cache_clear()


@pytest.fixture
def mutated(tmp_path):
    """A function that builds the library with one text of one file replaced; its folder."""

    def build(file: str, old: str, new: str) -> Path:
        tree = tmp_path / "native"
        shutil.copytree(SOURCES, tree)
        path = tree / "reproduction" / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} no longer holds once: {old}"
        path.write_text(text.replace(old, new))
        compile_library(tree, tmp_path)
        return tmp_path

    return build
