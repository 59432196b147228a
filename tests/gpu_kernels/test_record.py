"""The recorder rehearsed without a GPU, and a planted record shown as one would be."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from groundwork.core import style
from groundwork.core.files import read_table
from groundwork.core.provenance import ROOT
from groundwork.gpu_kernels import io, measure
from groundwork_harness.pipeline.config import complete

SCRIPT = ROOT / "workflow" / "record" / "gpu_kernels.py"


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    settings |= {"PYTHONPATH": str(ROOT / "src"), **environment}
    return subprocess.run([sys.executable, *words], env=settings, capture_output=True, text=True)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rehearsal")
    done = run([str(SCRIPT), "--rehearse", str(folder)], TRITON_INTERPRET="1")
    assert done.returncode == 0, done.stderr
    assert "skipped: nothing" in done.stdout
    return folder / "rehearsal" / "gpu_kernels"


def test_the_script_rehearses_and_refuses_where_it_cannot_measure(rehearsal: Path) -> None:
    record = io.read_record(rehearsal / "benchmark.json")
    assert record["provenance"]["planted"]
    assert record["provenance"]["code"] == io.code()
    for table in ("card", "checks", "softmax", "attention", "norm"):
        assert read_table(rehearsal / f"{table}.csv")
    raw = json.loads((rehearsal / "samples.json").read_text())
    assert {row["table"] for row in raw} == {"card", "softmax", "attention", "norm"}
    assert all(seconds for row in raw for seconds in row["samples"].values())
    inside = [str(SCRIPT), "--rehearse", str(ROOT / "src" / "recorded")]
    refused = run(inside, TRITON_INTERPRET="1")
    assert refused.returncode == 1
    assert "must not be written among the records" in refused.stdout
    refused = run([str(SCRIPT)], TRITON_INTERPRET="1")
    assert "an interpreter has no speed" in refused.stdout


def test_the_recorder_needs_neither_numpy_nor_the_pipeline(tmp_path: Path) -> None:
    """A rented machine holds PyTorch and Triton alone."""
    for name in ("numpy", "yaml", "jsonschema", "snakemake"):
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError('hidden')")
    done = run([str(SCRIPT)], PYTHONPATH=f"{tmp_path}:{ROOT / 'src'}", CUDA_VISIBLE_DEVICES="")
    assert (done.returncode, "no CUDA GPU here" in done.stdout) == (1, True), done.stderr


def loaded(kind: str, name: str) -> types.ModuleType:
    """A step or figure script as a module, so that it runs in this process."""
    path = ROOT / "workflow" / kind / "gpu_kernels" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"gpu_kernels_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def show(folder: Path, *records: Path) -> dict[str, Any]:
    """The claims of the step `recorded`; its tables lie in `folder`."""
    other = folder / "traffic.json"
    other.write_text('{"claims": {}, "provenance": {}}')
    step = loaded("steps", "recorded")
    settings = step.Settings(**complete({})["gpu_kernels"]["recorded"])
    names = ("table", "speeds", "tuning", "checked")
    tables = {name: folder / f"{name}.csv" for name in names}
    return step.main(settings, records=[other, *records], **tables)


def planted(rehearsal: Path, folder: Path, **changes: object) -> Path:
    """The rehearsal's record passed off as a card's."""
    record = io.read_record(rehearsal / "benchmark.json")
    record["provenance"] |= {"device": "Planted GPU", "planted": False, **changes}
    path = folder / "benchmark.json"
    path.write_text(json.dumps(record))
    return path


def test_a_planted_record_is_shown_with_device_age_and_bars(rehearsal, tmp_path) -> None:
    claims = show(tmp_path, planted(rehearsal, tmp_path))
    assert (claims["records"]["value"], claims["older"]["value"]) == (1, 0)
    assert claims["softmax_of_copy"]["unit"] == claims["softmax_odd"]["unit"] == "%"
    rows = read_table(tmp_path / "table.csv")
    assert all(row["source"].startswith("Planted GPU, 2") for row in rows)
    assert {row["bar"] for row in rows} >= {"≥ 95 %", "≥ 1×", "≥ 80 %", "< 8 min"}
    speeds = read_table(tmp_path / "speeds.csv")
    known = {"ours", "torch", "compiled", "copy", "flash", "math"}
    assert {row["rival"] for row in speeds} >= known
    assert {row["in_l2"] for row in speeds} == {"True", "False"}


def test_of_what_was_tuned_the_winner_and_the_slowest_that_fits_are_told() -> None:
    base = {
        "kernel": "attention",
        "key": "64, False, False, torch.float16, torch.float16",
        "warps": 4,
    }
    times = {"a": (0.3, False), "b": (0.2, True), "c": ("does not fit", False)}
    rows = [{**base, "tile": t, "ms": ms, "chosen": won} for t, (ms, won) in times.items()]
    (told,) = loaded("steps", "recorded")._tuned({"tables": {"tuning": rows}})
    assert (told["tile"], told["ms"], told["slowest"], told["candidates"]) == (
        "b",
        "0.200",
        "0.300",
        3,
    )
    assert told["key"] == "64, False, False, float16"


def test_a_record_of_older_code_says_so(rehearsal, tmp_path) -> None:
    claims = show(tmp_path, planted(rehearsal, tmp_path, code="0" * 16))
    assert claims["older"]["value"] == 1
    assert "older code" in read_table(tmp_path / "table.csv")[0]["source"]


def test_the_digest_of_code_does_not_depend_on_pythons_version(monkeypatch) -> None:
    """From 3.12 on functions have a list of type parameters, mostly empty."""
    here, parse = io.code(), ast.parse
    for kind in (ast.FunctionDef, ast.ClassDef):
        names = [name for name in kind._fields if name != "type_params"]
        monkeypatch.setattr(kind, "_fields", (*names, "type_params"))

    def newer(*words, **options) -> ast.Module:
        tree = parse(*words, **options)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                node.type_params = []
        return tree

    monkeypatch.setattr(ast, "parse", newer)
    assert "type_params=[]" in ast.dump(ast.parse("def f(): pass"))
    assert io.code() == here


def test_without_a_record_every_bar_is_open_and_a_rehearsal_is_refused(rehearsal, tmp_path) -> None:
    claims = show(tmp_path)
    assert "no GPU result has been recorded" in claims["devices"]["value"]
    assert claims["softmax_long"]["value"] == "not recorded"
    assert {row["source"] for row in read_table(tmp_path / "table.csv")} == {"open"}
    with pytest.raises(SystemExit, match="a rehearsal is no measurement"):
        show(tmp_path, rehearsal / "benchmark.json")


def test_figures_draw_a_planted_record_and_say_so_where_there_is_none(rehearsal, tmp_path) -> None:
    for records in ([planted(rehearsal, tmp_path)], []):
        show(tmp_path, *records)
        for name in ("speeds_softmax", "speeds_attention"):
            with style.themed(style.LIGHT) as theme:
                axes = loaded("figures", name).draw(theme, tmp_path / "speeds.csv").axes
                words = {text.get_text() for panel in axes for text in panel.texts}
                lines = sum(len(panel.lines) for panel in axes)
            assert ("No GPU result has been recorded." in words) == (not records)
            assert (lines >= 3) == bool(records)
            assert ("this room" in words) == bool(records)


def test_buffers_pass_the_cache_and_rivals_take_turns() -> None:
    assert measure.copies(10, 1000) == 1, "what fits is measured within the cache"
    assert measure.copies(1000, 1000) == 3
    assert measure.copies(10**9, 1000) == 2
    order: list[str] = []

    def clock(runs, repeats):
        runs[0]()
        return [1.0] * repeats

    runs = {name: [lambda n=name: order.append(n)] for name in "ab"}
    found = measure.rivals(runs, rounds=2, repeats=3, clock=clock)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert [len(seconds) for seconds in found.values()] == [6, 6]
    assert measure.quantiles([1.0, 2.0, 3.0, 4.0, 100.0])[1] == 3.0
