"""Edits while a run works: no result is filed under code that did not make it."""

import subprocess
import time
from dataclasses import replace

import psutil
import pytest
from checkouts import SMALL_ROOM as ROOM
from checkouts import broken

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import closure, parent_watchdog, pins, step

TARGET = f"reports/smoke/{ROOM}"
SCRIPT = ROOT / "workflow" / "steps" / ROOM / "bandwidth.py"


def test_what_was_edited_after_the_plan_is_not_run(small_house):
    before = small_house.exact(TARGET)
    kernels = small_house.root / "src" / "groundwork" / ROOM / "kernels.py"
    words = small_house.command(TARGET, "--forceall", cores=1)
    run = subprocess.Popen(
        words, cwd=small_house.root, env=small_house.environment, stderr=subprocess.PIPE, text=True
    )
    wait_for(run, "workflow/steps/")
    with broken(kernels, "def rbf_kernel(", "UNUSED = 1\n\n\ndef rbf_kernel("):
        _, said = run.communicate(timeout=300)
    assert run.returncode != 0
    assert "edited after the run had begun; type the command again" in said
    assert small_house.snakemake(TARGET).returncode == 0
    assert small_house.exact(TARGET) == before
    assert small_house.planned(TARGET) == []


def test_a_document_that_was_edited_while_it_was_set_is_set_again(small_house):
    document = small_house.root / "src" / "documents" / "problem-sets" / f"{ROOM}.qmd"
    words = small_house.command(TARGET, "--forcerun", "document_pdf")
    run = subprocess.Popen(words, cwd=small_house.root, env=small_house.environment)
    wait_for(run, "groundwork_harness.documents")
    before = document.read_text()
    document.write_text(before + "\nOne more sentence.\n")
    try:
        assert run.wait(timeout=300) == 0
        assert f"document_pdf {ROOM}" in small_house.planned(TARGET)
        assert small_house.snakemake(TARGET).returncode == 0
        assert small_house.planned(TARGET) == []
    finally:
        document.write_text(before)
    assert small_house.snakemake(TARGET).returncode == 0


def wait_for(run, word):
    """Wait until a step of the run works whose command holds the word."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.Process(run.pid).children(recursive=True):
            try:
                if any(word in part for part in process.cmdline()[1:3]):
                    return
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.02)
    raise AssertionError("no step began")


def test_a_script_may_run_by_hand_and_as_planned():
    found = closure.of(SCRIPT)
    assert step.as_planned(SCRIPT, None) is found
    assert step.as_planned(SCRIPT, found.digest) is found
    with pytest.raises(ValueError, match="edited after the run had begun"):
        step.as_planned(SCRIPT, "0" * 16)


def test_another_version_than_the_locked_one_is_refused_in_a_run(monkeypatch):
    found = closure.of(SCRIPT)
    pinned = replace(found, packages={**found.packages, "numpy": "0.0.1"})
    monkeypatch.setattr(closure, "of", lambda _: pinned)
    assert step.as_planned(SCRIPT, found.digest) is pinned, "by hand, with whatever there is"
    monkeypatch.setenv(parent_watchdog.VARIABLE, "1")
    with pytest.raises(ValueError, match="run: make setup"):
        step.as_planned(SCRIPT, found.digest)


def test_a_package_that_is_not_here_is_no_other_version(monkeypatch):
    monkeypatch.setattr(pins, "installed", lambda _: "")
    monkeypatch.setenv(parent_watchdog.VARIABLE, "1")
    step.as_planned(SCRIPT, closure.of(SCRIPT).digest)
