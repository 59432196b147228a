"""The recorder of the longer run: it goes on, and keeps what is not its own."""

import gzip
import json
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from groundwork.core.provenance import ROOT

SCRIPT = ROOT / "workflow" / "record" / "diffusion_training.py"


@pytest.fixture
def mnist(tmp_path):
    """Forty random pictures as an IDX file, all but ten of them for training."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    header = struct.pack(">IIII", 2051, *pixels.shape)
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(header + pixels.tobytes()))
    return path.parent


def recorder(folder, mnist, *options):
    command = [sys.executable, SCRIPT, folder, "--mnist", mnist, "--channels", "8", "16"]
    command += ["--held-out", "10", "--batch", "8", "--save-seconds", "0", *options]
    return [str(word) for word in command]


def train_for(command, state, updates):
    """Kill the recorder once its state has come so far; 100 updates are its warm-up."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
        end = time.monotonic() + 120
        while run.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
            if state.exists() and torch.load(state)["state"]["iteration"] >= updates:
                break
        run.kill()


def test_another_run_s_state_is_never_written_over(tmp_path, mnist):
    """A plateau of hours was lost once by another number of threads."""
    folder = tmp_path / "run"
    folder.mkdir()
    train_for(recorder(folder, mnist), folder / "state.pt", updates=101)
    before = (folder / "state.pt").read_bytes()
    other = recorder(folder, mnist, "--threads", "2")
    try:
        done = subprocess.run(other, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        pytest.fail("it trained over another run's state")
    assert done.returncode == 1
    assert "state.pt is the state of a run with other options" in done.stderr
    assert (folder / "state.pt").read_bytes() == before


def test_a_plateau_is_cooled_down_into_a_record_and_goes_on(tmp_path, mnist):
    folder, record = tmp_path / "run", tmp_path / "record"
    folder.mkdir()
    train_for(recorder(folder, mnist), folder / "state.pt", updates=101)
    before = (folder / "state.pt").read_bytes()
    cool = recorder(folder, mnist, "--cooldown", "2", "--record", record)
    done = subprocess.run(cool, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in record.iterdir()}
    assert names == {"weights.safetensors", "training.csv", "training.json"}
    inputs = json.loads((record / "training.json").read_text())["provenance"]["inputs"]
    assert set(inputs) == {"mnist/train-images-idx3-ubyte.gz"}  # no path of this machine
    assert (folder / "state.pt").read_bytes() == before
    assert not (folder / "cooling.pt").exists()
