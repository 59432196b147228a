"""Really lost: jobs that fail, are cancelled, or outlive the run that sent them."""

import subprocess
import time

from cluster.conftest import squeue


def test_a_failing_job_is_retried_with_more_and_told_with_its_logs_tail(slurm):
    """As often as the profile says, and no more: a job on the node never tries again by itself."""
    slurm.plan(there_0={"fails": 1}, there_1={"fails": 9})
    done = slurm.run("all")
    assert done.returncode != 0
    assert slurm.tries() == {"here": 1, "there_0": 2, "there_1": 3}
    asked = (slurm.tiny / "asked.txt").read_text().splitlines()
    for name in ("there_0", "there_1"):
        told = [line.removeprefix(f"{name} ") for line in asked if line.startswith(name)]
        steps = ["300M 00:05:00", "600M 00:10:00", "900M 00:15:00"]
        assert told == steps[: slurm.tries()[name]]
    assert (slurm.tiny / "there_0.json").exists()  # the second try succeeded
    assert done.stderr.count("FAILED  ") == 1
    words = done.stderr[done.stderr.index("FAILED  ") :]
    assert "FAILED  there 1\n  tried 3 times\n  SLURM-job" in words
    assert "the there_1 sat on the mat" in words
    assert words.strip().splitlines()[-1].startswith("  rerun:  snakemake --cores all tiny/there_1")
    assert "--workflow-profile profiles/slurm" in words.strip().splitlines()[-1]


def test_a_rule_that_stays_is_not_retried(slurm):
    slurm.plan(here={"fails": 9})
    assert slurm.run("tiny/here.json").returncode != 0
    assert slurm.tries() == {"here": 1}


def test_a_cancelled_job_is_noticed_and_a_rerun_resumes(slurm):
    slurm.plan(there_1={"seconds": 100})
    run = slurm.start("all", "--retries", "0")
    job = slurm.until_running("there_1")
    subprocess.run(["scancel", job], check=True)
    _, said = run.communicate(timeout=300)
    assert run.returncode != 0
    assert "FAILED  there 1" in said
    assert "'CANCELLED'" in said
    before = slurm.record("there_0")
    (slurm.root / "tiny.json").unlink()
    done = slurm.run("all")
    assert done.returncode == 0, done.stderr
    assert slurm.tries() == {"here": 1, "there_0": 1, "there_1": 2}
    assert slurm.record("there_0") == before


def killed(slurm, seconds):
    """A run that was killed when `there_0` was done and `there_1` working; the latter's job."""
    slurm.plan(there_1={"seconds": seconds})
    assert slurm.run("tiny/there_0.json").returncode == 0
    run = slurm.start("all")
    job = slurm.until_running("there_1")
    run.kill()
    run.communicate()
    return job


def test_orphans_of_a_killed_run_are_named_and_cancelled_and_its_finished_jobs_kept(slurm):
    job = killed(slurm, seconds=100)
    again = slurm.run("all")
    assert again.returncode != 0
    assert f"{job} there 1 (running)" in again.stderr
    assert "groundwork doctor --cancel-orphans" in again.stderr
    assert squeue() == [job]
    assert f"{job} there 1 (running)" in slurm.groundwork("doctor")
    assert slurm.groundwork("doctor", "--cancel-orphans") == f"cancelled  {job} there 1 (running)\n"
    deadline = time.monotonic() + 30
    while squeue() and time.monotonic() < deadline:
        time.sleep(0.2)
    (slurm.root / "tiny.json").unlink()
    done = slurm.run("all")
    assert done.returncode == 0, done.stderr
    assert slurm.tries() == {"here": 1, "there_0": 1, "there_1": 2}
    assert "no job of a dead run" in slurm.groundwork("doctor")


def test_what_an_orphan_finishes_counts(slurm):
    killed(slurm, seconds=1)
    deadline = time.monotonic() + 300
    while squeue() and time.monotonic() < deadline:
        time.sleep(0.2)
    done = slurm.run("all")
    assert done.returncode == 0, done.stderr
    assert slurm.tries() == {"here": 1, "there_0": 1, "there_1": 1}
