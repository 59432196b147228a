"""Kills: whatever dies at whatever moment, the same command typed again finishes the work.

Kills come in chains: a run is killed, started again by the same command, killed again, and in the
end left alone. Each kill so lands on a tree that other kills have left, and further into the
build, and the work between them is done once.
"""

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import psutil
import pytest
from checkouts import SMALL_ROOM

from groundwork.core.provenance import sha256

TARGET = f"reports/smoke/{SMALL_ROOM}"
CHAIN = 10
# GROUNDWORK_KILLS=100 is the long trial, for a machine with an hour to spare.
KILLS = int(os.environ.get("GROUNDWORK_KILLS", "20"))


class Killable:
    """A built target that is taken apart, built, killed and looked at."""

    def __init__(self, checkout, target):
        self.checkout, self.target = checkout, target
        made = {f for job in checkout.plan(target, "--forceall") for f in job["output"]}
        self.files = sorted(f for f in made if not f.startswith("results/data/"))
        first = self.content()
        self.clear(1.0, random.Random(0))
        began = time.monotonic()
        self.finish()
        self.duration = time.monotonic() - began
        # What two builds make alike; the rest holds times, and is only required to be whole.
        self.alike = {f: digest for f, digest in self.content().items() if first.get(f) == digest}
        self.exact = checkout.exact(target)

    def content(self):
        present = [f for f in self.files if (self.checkout.root / f).is_file()]
        return {f: sha256(self.checkout.root / f) for f in present}

    def clear(self, share, choose):
        """Delete a random share of the results, and every report."""
        results = [f for f in self.files if f.startswith("results/")]
        gone = choose.sample(results, round(len(results) * share))
        for file in [*gone, *(f for f in self.files if f.startswith("reports/"))]:
            (self.checkout.root / file).unlink(missing_ok=True)

    def start(self):
        return subprocess.Popen(
            self.checkout.command(self.target), cwd=self.checkout.root,
            env=self.checkout.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def finish(self):
        """Type the same command, and let it end."""
        done = self.checkout.snakemake(self.target, timeout=1200)
        assert done.returncode == 0, done.stderr

    def kill(self, kind, choose):
        """Start a run and kill it at a random moment while it works; the moment."""
        while True:
            run = self.start()
            moment = choose.uniform(0.3, self.duration / 3)
            time.sleep(moment)
            family = members(run.pid)
            if run.poll() is None:
                break
            self.clear(choose.random(), choose)  # it had ended: a kill must hit a live run
        for process in family if kind == "tree" else family[:1]:
            with suppress(psutil.NoSuchProcess):  # a job may end by itself in between
                process.kill()
        run.wait()
        died = time.time()
        # A step sees that its run is dead once its imports are done, which a busy machine delays.
        assert gone([p for p in family if p.pid != run.pid], 30), "a step outlived its run"
        paths = [self.checkout.root / f for f in self.files]
        late = [p for p in paths if p.is_file() and p.stat().st_mtime > died + 3]
        assert not late, f"a step went on without its run: {late}"
        return moment

    def torn(self):
        """Files that are there and are not what an unbroken build makes."""
        found = [f for f, digest in self.content().items() if self.alike.get(f, digest) != digest]
        for file in self.files:
            if file.endswith(".json") and (self.checkout.root / file).is_file():
                json.loads((self.checkout.root / file).read_text())
        return found


def members(pid):
    """A process and all below it, whatever session they are in."""
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


@pytest.fixture(scope="module")
def room(small_house):
    return Killable(small_house, TARGET)


@pytest.mark.parametrize("chain", range(-(-KILLS // CHAIN)))
@pytest.mark.parametrize("kind", ["tree", "snakemake"])
def test_a_killed_run_resumes_by_the_same_command(room, kind, chain):
    choose = random.Random(f"{kind}{chain}")
    room.clear(choose.choice([0.5, 1.0]), choose)
    for _ in range(CHAIN):
        room.kill(kind, choose)
        assert room.torn() == []
    room.finish()
    assert room.checkout.exact(TARGET) == room.exact
    assert sorted(room.content()) == room.files
    assert room.torn() == []
    assert not list((room.checkout.root / "results").rglob(".partial.*"))
    assert room.checkout.planned(TARGET) == []


def test_what_is_compared_is_most_of_what_is_made(room):
    assert len(room.alike) > len(room.files) / 2
    assert room.exact


def test_a_second_live_run_is_refused_with_the_first_ones_pid(room):
    room.clear(1.0, random.Random(0))
    first = room.start()
    lock = room.checkout.root / ".snakemake" / "groundwork" / "run.lock"
    deadline = time.monotonic() + 60
    while lock.read_text() != str(first.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    second = room.checkout.snakemake(TARGET)
    assert second.returncode != 0
    assert f"pid {first.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert first.wait(timeout=300) == 0
    assert room.checkout.planned(TARGET) == []


def test_an_interrupted_run_ends_its_steps(room):
    room.clear(1.0, random.Random(1))
    # As in a terminal, where Ctrl-C reaches the whole group.
    run = room.start()
    time.sleep(room.duration / 2)
    family = members(run.pid)
    assert run.poll() is None
    os.killpg(run.pid, signal.SIGINT)
    run.wait(timeout=60)
    assert gone(family, 30)
    room.finish()
    assert room.checkout.exact(TARGET) == room.exact
