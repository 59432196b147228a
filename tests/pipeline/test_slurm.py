"""Jobs that a dead run left on Slurm, told from all others; `squeue` is a script here."""

import os
import time
from datetime import datetime, timedelta

import pytest

from groundwork_harness.pipeline import doctor, slurm
from groundwork_harness.pipeline.failure_report import Job, failures
from groundwork_harness.pipeline.lock import RunLock


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """Say what squeue prints; jobs were once sent away from the tree `tmp_path`."""
    monkeypatch.setattr(slurm, "ROOT", tmp_path)
    monkeypatch.setattr(slurm, "STATE", tmp_path / "state")
    monkeypatch.setattr(slurm, "MARK", tmp_path / "state" / "slurm")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "state").mkdir()
    slurm.MARK.touch()

    def lay(*jobs, code=0):
        lines = ["\t".join(map(str, job)) for job in jobs]
        script = tmp_path / "squeue"
        script.write_text(
            "#!/bin/sh\ncat <<'END'\n" + "".join(f"{x}\n" for x in lines) + f"END\nexit {code}\n"
        )
        script.chmod(0o755)

    lay.root = tmp_path
    return lay


def ago(seconds):
    return (datetime.now() - timedelta(seconds=seconds)).isoformat(timespec="seconds")


def test_only_jobs_of_this_tree_are_orphans(queue):
    queue(
        (7, "RUNNING", ago(60), "rule_transformer_train", queue.root),
        (8, "PENDING", ago(60), "rule_there_wildcards_3", queue.root),
        (9, "RUNNING", ago(60), "rule_there", "/elsewhere"),
    )
    found = slurm.orphans()
    assert list(map(str, found)) == ["7 transformer_train (running)", "8 there 3 (pending)"]


def test_jobs_of_the_live_run_are_not_orphans(queue):
    lock = RunLock(slurm.STATE / "run.lock")
    lock.acquire()
    later = (datetime.now() + timedelta(seconds=5)).isoformat(timespec="seconds")
    queue(
        (7, "RUNNING", ago(60), "rule_old", queue.root),
        (8, "RUNNING", later, "rule_new", queue.root),
    )
    assert [orphan.job for orphan in slurm.orphans()] == ["7"]


def test_a_new_run_refuses_and_doctor_names_them(queue):
    queue((7, "RUNNING", ago(60), "rule_there", queue.root))
    with pytest.raises(slurm.OrphansLeft, match=r"7 there \(running\)[^$]*--cancel-orphans"):
        slurm.refuse_orphans()
    (sign,) = doctor._slurm()
    assert not sign.fine
    assert "7 there (running)" in sign.found


def test_slurm_is_not_asked_where_nothing_was_ever_sent(queue):
    queue((7, "RUNNING", ago(60), "rule_there", queue.root))
    slurm.MARK.unlink()
    assert slurm.orphans() == []
    assert list(doctor._slurm()) == []


def test_a_silent_slurm_is_said_and_not_taken_for_an_empty_one(queue):
    queue(code=1)
    with pytest.raises(slurm.Silent, match="Slurm does not answer now"):
        slurm.orphans()


def failed(tmp_path, text, word="", tries=1):
    log, aside = tmp_path / "step.log", tmp_path / "batch.log"
    log.write_text(text)
    aside.write_text("slurmstepd: error: DUE TO TIME LIMIT\n")
    job = Job(
        "there", {"n": "1"}, [], [str(tmp_path / "out")], [str(log)], time.monotonic(), tries, word
    )
    job.aside = [str(aside)]
    return failures([job])


def test_the_last_words_of_a_job_that_was_sent_away(tmp_path):
    said = failed(
        tmp_path,
        "the cat\n",
        "SLURM-job '7' failed, SLURM status is: 'FAILED'. Detailed failure",
        3,
    )
    assert (
        "FAILED  there 1\n  tried 3 times\n  SLURM-job '7' failed, SLURM status is: 'FAILED'.\n"
        in said
    )
    assert "    the cat\n" in said
    assert (
        "DUE TO TIME LIMIT" not in said
    )  # the step's own words say it; the other log is only named
    assert "see also" in said


def test_a_silent_job_shows_the_batch_systems_log_and_the_cause(tmp_path):
    said = failed(tmp_path, "", "SLURM-job '7' failed, SLURM status is: 'TIMEOUT'.")
    assert "DUE TO TIME LIMIT" in said
    assert "raise the rule's runtime" in said
    assert "want of memory" not in said
