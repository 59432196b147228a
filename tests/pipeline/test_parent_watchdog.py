"""The parent watchdog: what a run started ends when the run does."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import parent_watchdog

STEP = """
import subprocess, time
from groundwork_harness.pipeline import parent_watchdog
parent_watchdog.hold()
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def run():
    """A process that stands for a live run."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def started(command, pid, **options):
    environment = {
        **os.environ,
        parent_watchdog.VARIABLE: str(pid),
        "PYTHONPATH": str(ROOT / "src"),
    }
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **options)


@pytest.mark.parametrize("way", ["pidfd", "polling"])
def test_a_step_and_what_it_started_end_with_the_run(run, way):
    code = STEP if way == "pidfd" else "import os; del os.pidfd_open" + STEP
    step = started([sys.executable, "-c", code], run.pid, stdout=subprocess.PIPE)
    child = psutil.Process(int(step.stdout.readline()))
    assert step.poll() is None
    run.kill()
    run.wait()
    assert step.wait(timeout=10) == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the step's child lives on"
        time.sleep(0.02)


def test_a_step_of_a_dead_run_does_not_begin(run):
    run.kill()
    run.wait()
    code = "from groundwork_harness.pipeline import parent_watchdog; parent_watchdog.hold(); print('began')"
    pipe = subprocess.PIPE
    step = started([sys.executable, "-c", code], run.pid, stdout=pipe, stderr=pipe)
    said, complaint = step.communicate(timeout=30)
    assert f"(pid {run.pid}) has ended" in complaint
    assert step.returncode == 1
    assert not said


def test_a_command_pasted_into_a_shell_needs_no_run(monkeypatch):
    monkeypatch.delenv(parent_watchdog.VARIABLE, raising=False)
    parent_watchdog.hold()
