"""Compiled modules that a full disk cut short cost no later run."""

import importlib.util
import os
import py_compile
import shutil
import sys
from pathlib import Path

import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork_harness.pipeline import bytecode

SPACE = shutil.disk_usage("/")


@pytest.fixture
def compiled(tmp_path):
    """A module and its compiled form, long enough to be cut at a block."""
    source = tmp_path / "long.py"
    source.write_text("".join(f"name_{i} = {i * 1000}\n" for i in range(500)))
    return Path(py_compile.compile(str(source)))


def test_only_what_was_cut_is_deleted(compiled, tmp_path):
    whole = compiled.read_bytes()
    padded = tmp_path / "__pycache__" / f"other.{sys.implementation.cache_tag}.pyc"
    padded.write_bytes(whole + bytes(-len(whole) % bytecode.BLOCK))  # whole, by its code
    foreign = tmp_path / "__pycache__" / "long.cpython-399.pyc"
    foreign.write_bytes(whole[:4096])
    bytecode.mend([tmp_path])
    assert compiled.is_file()
    compiled.write_bytes(whole[:4096])
    bytecode.mend([tmp_path])
    assert not compiled.exists()
    assert padded.is_file()
    assert foreign.is_file(), "another Python's"


@pytest.mark.parametrize(("free", "written"), [(1 << 20, False), (1 << 30, True)])
def test_nothing_is_compiled_to_a_disk_that_is_nearly_full(monkeypatch, tmp_path, free, written):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SPACE._replace(free=free))
    bytecode.mend([tmp_path])
    assert (not sys.dont_write_bytecode, "PYTHONDONTWRITEBYTECODE" not in os.environ) == (
        written,
        written,
    )
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


def test_a_run_after_a_full_disk_makes_its_modules_anew(small_house):
    source = small_house.root / "src" / "groundwork_harness" / "pipeline" / "context.py"
    cut = Path(importlib.util.cache_from_source(str(source)))
    py_compile.compile(str(source), str(cut))
    cut.write_bytes(cut.read_bytes()[:8192])
    assert small_house.planned(f"reports/smoke/{ROOM}") == []
