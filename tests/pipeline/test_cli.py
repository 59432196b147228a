"""The command line tool: in the wrong checkout, with a closed pipe, with files that are torn."""

import json
import shutil
import subprocess
import sys

import pytest

from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import digest
from groundwork_harness.pipeline import (
    cli,
    closure,
    doctor,
    import_results,
    manifests,
    pins,
    syntax,
    why,
)
from groundwork_harness.pipeline.config import ConfigError
from groundwork_harness.pipeline.failure_report import unmade


@pytest.mark.parametrize("words", [["publish"], ["claims", "check"]])
def test_another_checkout_is_refused(tmp_path, monkeypatch, words):
    below = tmp_path / "src" / "groundwork_harness" / "pipeline"
    below.mkdir(parents=True)
    shutil.copy(cli.__file__, below)
    monkeypatch.chdir(below)
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert f"belongs to the checkout {ROOT}; run `make setup` in {tmp_path}" in str(ended.value)


def test_a_folder_of_this_checkout_or_of_none_is_fine(tmp_path, monkeypatch):
    for folder in (ROOT / "src" / "groundwork", tmp_path):
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            cli.main(["settings", "kernel_ridge.memory"])
        assert ended.value.code == 0


@pytest.mark.parametrize("words", [["settings", "kernel_ridge.memory"], ["claims", "check"]])
def test_a_closed_pipe_ends_quietly(words):
    command = [sys.executable, "-m", "groundwork_harness.pipeline.cli", *words]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    run.stdout.close()  # as `| head -0` does
    assert run.stderr.read() == b""
    run.wait()


def test_json_that_a_step_wrote_beside_its_result_is_no_torn_result(tmp_path):
    folder = tmp_path / "kernel_ridge"
    folder.mkdir()
    (folder / "memory.graph.json").write_text('{"nodes": []}')
    seal = {"claims": digest({}), "memory.graph.json": sha256(folder / "memory.graph.json")}
    record = {"claims": {}, "provenance": {"inputs": {}, "seal": seal}}
    (folder / "memory.json").write_text(json.dumps(record))
    (found,) = import_results.adopt(tmp_path, {"scale": "smoke"})
    assert found.name == "kernel_ridge/memory"
    assert [path.name for path in found.files] == ["memory.graph.json", "memory.json"]


def test_a_result_that_cannot_be_read_is_refused_by_name(tmp_path):
    contents = {
        "torn": "{",
        "list": "[]",
        "bare": "{}",
        "odd": '{"provenance": {"code": "x", "inputs": [1]}}',
        "text": '{"provenance": "me"}',
    }
    (tmp_path / "kernel_ridge").mkdir()
    for name, content in contents.items():
        (tmp_path / "kernel_ridge" / f"{name}.json").write_text(content)
    found = import_results.adopt(tmp_path, {"scale": "smoke"})
    assert {c.name for c in found} == {f"kernel_ridge/{name}" for name in contents}
    assert all(c.refusal for c in found)


@pytest.mark.parametrize("torn", ["", "[]", "{}", '{"modules": 3, "packages": {}}', "\\xff"])
def test_a_torn_manifest_is_as_good_as_none(tmp_path, torn):
    path = tmp_path / "0123456789abcdef.json"
    path.write_text(torn)
    assert manifests.recall(path.stem, tmp_path) is None
    manifests.keep(closure.Closure(path.stem, {"m": {}}, {}), tmp_path)
    assert json.loads(path.read_text())["modules"] == {"m": {}}


def test_an_absolute_target_is_taken_within_the_checkout():
    assert why.relative(f"{ROOT}/reports/smoke/kernel_ridge") == "reports/smoke/kernel_ridge"
    assert why.relative("reports/all") == "reports/all"
    for bad in ("", " "):
        with pytest.raises(why.Unplannable, match="name a target"):
            why.relative(bad)


def jobs(count, reason, rule="operators_spectra"):
    return [why.Planned(rule, f"{rule} {i}", [], [], [], reason, "") for i in range(count)]


def test_before_a_first_build_why_gives_a_summary(monkeypatch):
    planned = [
        *jobs(200, "Missing output files: results/a.json", "figure"),
        *jobs(1, "Missing output files: results/b.json"),
        *jobs(1, "Missing output files: results/b.json", "operators_update"),
        *jobs(1, "Updated input files: results/c.json", "matmul_speed"),
        *jobs(90, "Input files updated by another job: results/a.json", "document_page"),
    ]
    monkeypatch.setattr(why, "plan", lambda *_: planned)
    told = why.explain("reports/all", [])
    assert told.startswith(
        "293 jobs would run for reports/all.\n\nmatmul_speed 0\n  - changed content"
    )
    assert "Not made yet, 202 jobs:\n  - figure (200)\n  - operators: spectra, update\n" in told
    assert "What follows from these:\n  - document_page (90)\n" in told
    assert len(told) < 1000
    whole = why.explain("reports/all", [], whole=True)
    assert "figure 199\n  - not made yet: results/a.json" in whole
    assert "  - document_page 89" in whole


def test_advice_names_an_option_that_the_command_takes():
    target = "results/full/kernel_ridge/memory.json"
    assert unmade(target).endswith("add --configfile workflow/scales/full.yaml")
    assert unmade(target, "--scale {}").endswith("add --scale full")
    assert unmade("reports/all", "--scale {}").endswith("leave --scale out")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "name a target, e.g. reports/all"),
        (f"{ROOT}/results/full/kernel_ridge/memory.json", "1 job would run for results/full/"),
        ("results/full/kernel_ridge/memry.json", "did you mean results/full/kernel_ridge/memory"),
    ],
)
def test_why_takes_a_target_as_it_is_typed(target, words):
    command = [sys.executable, "-m", "groundwork_harness.pipeline.cli", "why", target]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert words in done.stdout + done.stderr


def test_the_whole_of_snakemakes_words_is_shown(monkeypatch):
    said = "Using workflow specific profile p\nAmbiguousRuleException:\n" + "line\n" * 20
    done = subprocess.CompletedProcess([], 1, stdout="", stderr=said)
    monkeypatch.setattr(why.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(why.Unplannable) as caught:
        why.plan("x", [])
    assert str(caught.value) == said.partition("\n")[2].strip()


def test_doctor_names_packages_that_are_not_the_pinned_ones(monkeypatch):
    pinned = {"numpy": "0.1", "pytest": pytest.__version__, "not-installed-here": "1.0"}
    monkeypatch.setattr(closure, "locked", lambda: pinned)
    monkeypatch.setattr(pins, "read", lambda _: {"hypothesis": pins.installed("hypothesis")})
    built = {"numpy": "2.0", "pytest": f"{pytest.__version__}+cpu"}
    real = pins.importlib.metadata.version
    monkeypatch.setattr(
        pins.importlib.metadata, "version", lambda name: built.get(name) or real(name)
    )
    sign = doctor.packages()
    assert not sign.fine
    assert sign.found == "numpy 2.0 (pinned: 0.1)"
    assert sign.remedy == "make setup"
    del pinned["numpy"]
    assert doctor.packages().found == "2 as the locks pin them"


def test_a_computed_table_is_refused_with_the_script_named(tmp_path):
    script = tmp_path / "curve.py"
    script.write_text("INPUTS = dict(a='room/step.json')\n")
    with pytest.raises(ConfigError, match=f"{script}: INPUTS and ANIMATED must be literals"):
        syntax.literal(script, "INPUTS")
