"""Of the steps that run at once on one machine, each has GPUs of its own."""

import json
import os
import subprocess
import sys
import time

import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import gpu_allocation

TWO_CARDS = """GPU 0: Some Card (UUID: GPU-aaaa-1)
GPU 1: Some Card (UUID: GPU-bbbb-2)
"""
SLICED = """GPU 0: Some Card (UUID: GPU-aaaa-1)
  MIG 3g.40gb     Device  0: (UUID: MIG-cccc-1)
  MIG 3g.40gb     Device  1: (UUID: MIG-cccc-2)
GPU 1: Some Card (UUID: GPU-bbbb-2)
"""
STEP = """
import os, sys, time
from groundwork_harness.pipeline import gpu_allocation
gpu_allocation.take()
print(os.environ["CUDA_VISIBLE_DEVICES"], time.time(), flush=True)
time.sleep(float(sys.argv[1]))
print(time.time())
"""


def step(wanted, lent, folder, seconds=0.5):
    """A step in a process of its own, whose machine lends `lent`."""
    kept = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    mine = {
        gpu_allocation.WANTED: str(wanted),
        gpu_allocation.LENT: ",".join(lent),
        "TMPDIR": str(folder),
    }
    return subprocess.Popen(
        [sys.executable, "-c", STEP, str(seconds)], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**kept, **mine, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


def told(process):
    """(devices, began, ended) of a finished step."""
    first, last = process.communicate(timeout=60)[0].split("\n")[:2]
    devices, began = first.split()
    return set(devices.split(",")), float(began), float(last)


def overlap(one, other):
    return one[1] < other[2] and other[1] < one[2]


def test_steps_that_run_at_once_have_different_devices(tmp_path):
    steps = [told(p) for p in [step(1, ["GPU-a", "GPU-b"], tmp_path) for _ in range(5)]]
    for i, one in enumerate(steps):
        for other in steps[i + 1 :]:
            assert not (overlap(one, other) and one[0] & other[0])
    assert {"GPU-a", "GPU-b"} == set.union(*(devices for devices, _, _ in steps))
    assert any(overlap(a, b) for a in steps for b in steps if a is not b)  # both were used at once


def test_a_step_that_wants_two_devices_waits_for_both(tmp_path):
    singles = [step(1, ["0", "1"], tmp_path) for _ in range(2)]
    time.sleep(0.1)
    pairs = [step(2, ["0", "1"], tmp_path, 0.2) for _ in range(2)]
    steps = [told(p) for p in singles + pairs]
    assert [len(devices) for devices, _, _ in steps] == [1, 1, 2, 2]
    for i, one in enumerate(steps):
        for other in steps[i + 1 :]:
            assert not (overlap(one, other) and one[0] & other[0])


def test_a_killed_step_frees_its_device(tmp_path):
    holder = step(1, ["0"], tmp_path, 60)
    holder.stdout.readline()
    waiting = step(1, ["0"], tmp_path, 0)
    time.sleep(0.5)
    assert waiting.poll() is None
    holder.kill()
    assert told(waiting)[0] == {"0"}
    holder.communicate()


def test_asking_for_more_than_the_machine_has_is_refused(monkeypatch):
    monkeypatch.setenv(gpu_allocation.WANTED, "2")
    monkeypatch.setenv(gpu_allocation.LENT, "0")
    with pytest.raises(ValueError, match="asks for 2 GPUs, and this machine has 1"):
        gpu_allocation.take()


@pytest.mark.parametrize(("wanted", "lent"), [("0", "0,1"), ("1", ""), ("", "0,1")])
def test_nothing_changes_where_nothing_is_wanted_or_lent(monkeypatch, wanted, lent):
    monkeypatch.setenv(gpu_allocation.WANTED, wanted)
    monkeypatch.setenv(gpu_allocation.LENT, lent)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_allocation.take() == []
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


@pytest.mark.parametrize(
    ("listing", "names"),
    [(TWO_CARDS, ["GPU-aaaa-1", "GPU-bbbb-2"]), (SLICED, ["MIG-cccc-1", "MIG-cccc-2", "GPU-bbbb-2"]), ("", [])],
)  # fmt: skip
def test_devices_are_those_nvidia_smi_lists(monkeypatch, tmp_path, listing, names):
    fake_nvidia_smi(tmp_path, listing)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_allocation.devices() == names


def test_devices_the_user_hid_stay_hidden(monkeypatch, tmp_path):
    fake_nvidia_smi(tmp_path, TWO_CARDS)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-bbbb-2")
    assert gpu_allocation.devices() == ["GPU-bbbb-2"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert gpu_allocation.devices() == []


def fake_nvidia_smi(folder, listing):
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n[ \"$1\" = -L ] || exit 1\ncat <<'END'\n{listing}END\n")
    command.chmod(0o755)


@pytest.mark.parametrize(("limit", "at_once"), [([], 2), (["--resources", "gpu=1"], 1)])
def test_a_run_gives_each_of_its_gpu_jobs_a_device(checkout, tmp_path, limit, at_once):
    """On a machine with two (fake) GPUs, three jobs: never two on one, two at once if allowed."""
    tiny = ROOT / "tests" / "cluster" / "tiny"
    for source, name in (("Snakefile", "tiny.smk"), ("tiny.py", "tiny.py")):
        (checkout.root / name).write_text((tiny / source).read_text())
    jobs = {f"there_{n}": {"seconds": 1.5} for n in range(3)}
    (checkout.root / "tiny.json").write_text(json.dumps(jobs))
    fake_nvidia_smi(tmp_path, TWO_CARDS)
    path = f"{tmp_path}{os.pathsep}{checkout.environment['PATH']}"
    targets = [f"tiny/{name}.json" for name in jobs]
    command = [sys.executable, "-m", "snakemake", "-s", "tiny.smk", *targets, "--cores", "4"]
    done = checkout.run([*command, *limit], environment={"PATH": path, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    found = [json.loads((checkout.root / target).read_text()) for target in targets]
    steps = [({record["gpus"]}, record["began"], record["ended"]) for record in found]
    assert {name for devices, _, _ in steps for name in devices} <= {"GPU-aaaa-1", "GPU-bbbb-2"}
    pairs = [(a, b) for i, a in enumerate(steps) for b in steps[i + 1 :]]
    assert not any(overlap(a, b) and a[0] & b[0] for a, b in pairs)
    assert any(overlap(a, b) for a, b in pairs) == (at_once == 2)
