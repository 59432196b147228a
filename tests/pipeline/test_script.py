"""`groundwork script`: what Snakemake would run for a target, as a script that needs no Snakemake."""

import json
import os
import subprocess
import sys

import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork_harness.pipeline.script import _in_order
from groundwork_harness.pipeline.why import Planned

RESULT = f"results/smoke/{ROOM}/memory.json"


def job(label, made, read=()):
    return Planned(label, label, list(read), [made], [], "", "true")


def test_jobs_come_after_those_that_make_their_inputs():
    jobs = [job("c", "c", ["b", "a", "given"]), job("a", "a"), job("b", "b", ["a"])]
    assert [each.label for each in _in_order(jobs)] == ["a", "b", "c"]


@pytest.fixture
def printed(checkout):
    """The script for one result, in a fresh checkout."""
    command = [sys.executable, "-m", "groundwork_harness.pipeline.cli", "script", RESULT]
    done = checkout.run([*command, "--configfile", "workflow/scales/smoke.yaml"])
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(checkout, script):
    """The script under a Python that has no Snakemake; what it said."""
    hide = checkout.root / "hide" / "sitecustomize.py"
    hide.parent.mkdir(exist_ok=True)
    hide.write_text("import sys\nsys.modules['snakemake'] = None\n")
    script = script.replace('PYTHONPATH="$PWD/src"', 'PYTHONPATH="$PWD/src:$PWD/hide"')
    environment = {**os.environ, "PATH": checkout.environment["PATH"]}
    return subprocess.run(
        ["sh", "-c", script], cwd=checkout.root, env=environment, capture_output=True, text=True
    )


def test_the_script_makes_the_target_once_and_goes_on_after_what_is_done(checkout, printed):
    done = run(checkout, printed)
    assert (done.returncode, done.stdout) == (0, f"{ROOM}_memory\n"), done.stderr
    record = json.loads((checkout.root / RESULT).read_text())
    assert record["claims"]
    assert f"--code {record['provenance']['code']}" in printed
    assert run(checkout, printed).stdout == ""
    (checkout.root / RESULT).unlink()
    assert run(checkout, printed).stdout == f"{ROOM}_memory\n"


def test_a_step_that_fails_ends_the_script_with_its_own_words(checkout, printed):
    script = checkout.root / "workflow" / "steps" / ROOM / "memory.py"
    script.write_text(script.read_text().replace("def main(", "SPARE = 1\n\n\ndef main("))
    done = run(checkout, printed)
    assert done.returncode == 1
    assert "its code was edited" in done.stdout
    assert not (checkout.root / RESULT).exists()
