"""The last words of a run that somebody stopped, or that the clock stands in the way of."""

import logging
import os
import signal
import subprocess
import time
from types import SimpleNamespace

import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork_harness.pipeline.progress import LogHandler

TARGET = f"reports/smoke/{ROOM}"


class Run:
    """A run's records, as Snakemake would send them to the handler."""

    def __init__(self, jobs, **settings):
        plain = dict.fromkeys(("verbose", "printshellcmds", "dryrun", "debug_dag"), False)
        self.handler = LogHandler(SimpleNamespace(**{**plain, **settings}), None)
        self.tell(event="run_info", stats={"total": jobs, "step": jobs})
        for number in range(jobs):
            more = {
                "wildcards": {"n": str(number)},
                "input": [],
                "output": [f"out/{number}"],
                "log": [],
            }
            self.tell(event="job_info", rule_name="step", jobid=number, reason="", **more)

    def tell(self, words="", level=logging.INFO, at=None, **more):
        record = logging.LogRecord("snakemake", level, "", 0, words, None, None)
        record.created = at or record.created
        record.__dict__.update(more)
        self.handler.emit(record)

    def finish(self, *numbers):
        for number in numbers:
            self.tell(event="job_finished", job_id=number)

    def fail(self, number, at=None):
        self.tell("Error", logging.ERROR, at, event="job_error", jobid=number)


@pytest.fixture
def last_words(capsys, monkeypatch):
    """What a run says when it closes."""
    monkeypatch.setattr("groundwork_harness.pipeline.estimate.keep", lambda *_: None)

    def close(run):
        capsys.readouterr()
        run.handler.close()
        return capsys.readouterr().err

    return close


def test_a_whole_run_counts_its_jobs(last_words):
    for jobs, words in [(1, "1 job done in"), (2, "2 jobs done in")]:
        run = Run(jobs)
        run.finish(*range(jobs))
        assert last_words(run).startswith(words)


def test_jobs_left_over_without_a_failure_mean_that_the_run_was_stopped(last_words):
    run = Run(3)
    run.finish(0)
    assert "it was stopped; 1 of 3 jobs done; the same command goes on" in last_words(run)
    assert last_words(Run(3, dryrun=True)) == ""


def test_an_error_that_was_told_is_not_called_a_stop(last_words):
    run = Run(3)
    run.finish(0)
    run.tell("WorkflowError:\nno such thing", logging.ERROR)
    assert "stopped" not in last_words(run)


@pytest.mark.parametrize("words", ["Terminating processes on user request, this might take some time.", "Will exit after finishing currently running jobs (scheduler)."])  # fmt: skip
def test_what_a_stop_cuts_off_is_no_failure(last_words, words):
    run, now = Run(4), time.time()
    run.finish(0)
    run.fail(1, now - 60)
    run.fail(2, now - 0.1)
    run.tell(words, at=now)
    run.fail(3, now + 1)
    said = last_words(run)
    assert "FAILED  step 1" in said
    assert "FAILED  step 2" not in said
    assert "stopped (this cut off step 2, step 3); 1 of 4 jobs done; the same command" in said
    assert "everything else that could be made was made" not in said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_a_stopped_run_says_so_and_the_same_command_goes_on(small_house, how, send):
    script = f"results/smoke/logs/{ROOM}/oracles.log"
    run = subprocess.Popen(
        small_house.command(TARGET, "--forcerun", f"{ROOM}_oracles"), cwd=small_house.root, env=small_house.environment,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    began, log = time.time(), small_house.root / script
    while not (log.is_file() and log.stat().st_mtime > began) and time.time() < began + 60:
        time.sleep(0.02)
    send(run.pid, how)
    _, said = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "FAILED" not in said
    assert "Traceback" not in said
    assert "The run ended early: it was stopped" in said
    assert said.strip().endswith("jobs done; the same command goes on")
    assert small_house.snakemake(TARGET).returncode == 0
    assert small_house.planned(TARGET) == []


def test_a_source_dated_in_the_future_is_told_with_its_remedy(small_house):
    source = f"src/documents/rooms/{ROOM}.qmd"
    path = small_house.root / source
    text = path.read_text()
    path.write_text(f"{text}\nMore words.\n")
    os.utime(path, (2e9, 2e9))
    try:
        done = small_house.snakemake(TARGET)
        assert done.returncode != 0
        assert "WorkflowError" not in done.stderr
        said = done.stderr.strip().splitlines()[-1]
        assert said.startswith(f"The run ended early: {source} is dated 2033-")
        assert f"touch {source}, then rerun" in said
        path.touch()
        assert small_house.snakemake(TARGET).returncode == 0
    finally:
        path.write_text(text)
    assert small_house.snakemake(TARGET).returncode == 0
