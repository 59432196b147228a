"""One script for all machines: processes here, torchrun, Slurm."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from cluster.conftest import one_node, plugin  # noqa: F401  (a real Slurm)

MODULE = ["-m", "groundwork.data_parallel"]
TRAIN = ["train", "--steps", "5", "--hidden", "8"]


def call(*command, **options):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=environment, **options
    )


def digests(done):
    assert done.returncode == 0, done.stderr
    assert "weights equal" in done.stdout, done.stdout
    return re.findall(r"rank \d+  weights (\w+)", done.stdout)


@pytest.fixture(scope="module")
def here():
    """What two processes started by the command itself come to."""
    return digests(call(sys.executable, *MODULE, *TRAIN, "--ranks", "2"))


def test_the_command_starts_its_ranks(here):
    assert len(here) == 2
    assert len(set(here)) == 1


def test_torchrun_comes_to_the_same_weights(here):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = call(*torchrun, "--nproc-per-node", "2", *MODULE, *TRAIN)
    assert digests(done) == here


def test_srun_comes_to_the_same_weights(here, one_node, tmp_path, request):  # noqa: F811
    if isinstance(one_node, str):
        if os.environ.get("GROUNDWORK_SLURM_TESTS") == "required":
            pytest.fail(f"no Slurm: {one_node}")
        pytest.skip(f"{request.node.name} did NOT run: {one_node}")
    assert shutil.which("srun")
    words = ["--rendezvous", str(tmp_path), "--join-seconds", "120"]
    done = call("srun", "-n", "2", "--kill-on-bad-exit", sys.executable, *MODULE, *TRAIN, *words)
    assert digests(done) == here


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "0"], "steps must be at least 1"),
        (["--ranks", "0"], "at least 1 rank"),
        (["--method", "zero1"], "set optimizer to adamw"),
        (["--hidden", "0"], "must be at least 1"),
    ],
)
def test_bad_options_are_refused_in_one_line(options, words):
    done = call(sys.executable, *MODULE, "train", *options)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_was_told_another_world_stops():
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = call(*torchrun, "--nproc-per-node", "1", *MODULE, *TRAIN, "--ranks", "2")
    assert done.returncode
    assert "started as one of 1" in done.stderr
