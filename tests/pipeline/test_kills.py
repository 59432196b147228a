"""Kills: whatever dies at whatever moment, the same command typed again finishes the work."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import psutil
import pytest
from checkouts import SMALL_ROOM as ROOM

TARGET = f"reports/smoke/{ROOM}"
# 100 of each kind were tried by hand; GROUNDWORK_KILLS=100 repeats that.
TRIALS = int(os.environ.get("GROUNDWORK_KILLS", "10"))


@pytest.fixture(scope="module")
def room(small_house):
    """The small house, its untouched ledger's exact claims, and how long one build takes."""
    clear(small_house, 1.0, random.Random(0))
    began = time.monotonic()
    done = small_house.snakemake(TARGET, timeout=300)
    assert done.returncode == 0, done.stderr
    return small_house, small_house.exact(TARGET), time.monotonic() - began


def clear(checkout, share, choose):
    """Delete a random share of what the room's rules made, and everything rendered from it."""
    results = checkout.root / "results" / "smoke"
    made = sorted(p for p in (results / ROOM).rglob("*.*") if p.is_file())
    for path in choose.sample(made, round(len(made) * share)):
        path.unlink()
    shutil.rmtree(results / "documents", ignore_errors=True)
    shutil.rmtree(checkout.root / "reports", ignore_errors=True)


def members(pid):
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def gone(processes, seconds):
    """Whether all processes end within the time (a zombie has ended)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("kind", ["tree", "snakemake"])
@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_killed_run_resumes_by_the_same_command(room, kind, trial):
    checkout, exact, duration = room
    choose = random.Random(f"{kind}{trial}")
    clear(checkout, choose.choice([0.2, 0.5, 1.0]), choose)
    run = subprocess.Popen(
        checkout.command(TARGET),
        cwd=checkout.root,
        env=checkout.environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(choose.uniform(0.5, duration))
    family = members(run.pid)
    if kind == "tree":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait()
    assert gone([p for p in family if p.pid != run.pid], 5), "a step outlived its run"
    for record in (checkout.root / "results" / "smoke" / ROOM).glob("*.json"):
        json.loads(record.read_text())  # whole, or not there
    done = checkout.snakemake(TARGET, timeout=300)
    assert done.returncode == 0, done.stderr
    assert checkout.exact(TARGET) == exact
    assert not list((checkout.root / "results").rglob(".partial.*"))
    assert checkout.planned(TARGET) == []


def test_a_second_live_run_is_refused_with_the_first_ones_pid(room):
    checkout, _, _ = room
    clear(checkout, 1.0, random.Random(0))
    first = subprocess.Popen(
        checkout.command(TARGET), cwd=checkout.root, env=checkout.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lock = checkout.root / ".snakemake" / "groundwork" / "run.lock"
    deadline = time.monotonic() + 60
    while lock.read_text() != str(first.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    second = checkout.snakemake(TARGET)
    assert second.returncode != 0
    assert f"pid {first.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert first.wait(timeout=300) == 0
    assert checkout.snakemake(TARGET).returncode == 0


def test_an_interrupted_run_ends_its_steps(room):
    checkout, exact, duration = room
    clear(checkout, 1.0, random.Random(1))
    run = subprocess.Popen(
        checkout.command(TARGET), cwd=checkout.root, env=checkout.environment,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # as in a terminal
    )  # fmt: skip
    time.sleep(duration / 2)
    family = members(run.pid)
    os.killpg(run.pid, signal.SIGINT)  # Ctrl-C in a terminal reaches the whole group
    run.wait(timeout=60)
    assert gone(family, 5)
    assert checkout.snakemake(TARGET, timeout=300).returncode == 0
    assert checkout.exact(TARGET) == exact
