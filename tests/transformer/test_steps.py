"""The steps as commands: the whole chain at smoke scale, and a training killed and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import canonical
from groundwork_harness.pipeline.config import complete

STEPS = ROOT / "workflow" / "steps" / "transformer"
TEXT = "KING:\nNow go to bed, my lord. What say you, friend?\n\nFOOL:\nNothing at all; I sing.\n\n"


def command(step: str, settings: dict, folder: Path, **paths: str) -> list[str]:
    """The command that the rule of this step runs."""
    words = [sys.executable, str(STEPS / f"{step}.py"), "--settings", canonical(settings)]
    words += ["--json", str(folder / f"{step}.json")]
    for option, path in paths.items():
        words += ["--" + option.replace("_", "-"), str(folder / path)]
    return words


@pytest.fixture
def settings() -> dict:
    return complete({"scale": "smoke"})["transformer"]


@pytest.fixture
def folder(tmp_path: Path, settings: dict) -> Path:
    """Tokens of a small text."""
    (tmp_path / "text.txt").write_text(TEXT * 40)
    tokens = command(
        "tokens", settings["tokens"], tmp_path, text="text.txt", train="t.npy",
        validation="v.npy", tokenizer="c.json", bpe_train="bt.npy", bpe_validation="bv.npy",
        bpe_tokenizer="b.json",
    )  # fmt: skip
    subprocess.run(tokens, check=True, capture_output=True)
    return tmp_path


def train_command(folder: Path, settings: dict, name: str) -> list[str]:
    target = folder / name
    target.mkdir()
    words = command(
        "train", settings, target, train="../t.npy", validation="../v.npy",
        tokenizer="../c.json", checkpoint="train.safetensors", curve="train.csv",
    )  # fmt: skip
    return words


def test_training_killed_by_signal_9_and_started_again_equals_an_uninterrupted_one(
    folder: Path, settings: dict
) -> None:
    """The checkpoint's bytes and the curve's; and the scratch folder goes on success."""
    train = settings["train"]
    train["loop"].update(iterations=100, warmup=5, evaluate_every=50)
    train["seeds"] = [0, 1]
    train["save_every"] = 10
    train["model"]["dropout"] = 0.1
    subprocess.run(train_command(folder, train, "whole"), check=True, capture_output=True)
    killed = train_command(folder, train, "killed")
    state = folder / "killed" / "train.scratch" / "0" / "state.pt"
    with subprocess.Popen(killed, stdout=subprocess.DEVNULL) as process:
        while not state.exists() and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
    assert not (folder / "killed" / "train.safetensors").exists()
    resumed = subprocess.run(killed, check=True, capture_output=True, text=True).stdout
    assert "going on after update" in resumed
    for name in ("train.safetensors", "train.csv"):
        assert sha256(folder / "killed" / name) == sha256(folder / "whole" / name)
    assert not (folder / "killed" / "train.scratch").exists()


RECORDER = [sys.executable, str(ROOT / "workflow" / "record" / "results.py")]


def test_results_are_recorded_whole_and_shown_in_the_pages_table(
    folder: Path, settings: dict
) -> None:
    """What a machine's own script made, copied into its record; then the page's table."""
    subprocess.run(train_command(folder, settings["train"], "transformer"), check=True)
    made = folder / "transformer"
    words = [*RECORDER, str(made), "--device", "CPU", "--recorded", str(folder / "recorded")]
    curve = (made / "train.csv").read_text()
    (made / "train.csv").write_text(curve + "9,9\n")
    refused = subprocess.run(words, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "train.csv: nothing is recorded" in refused.stdout
    assert not (folder / "recorded").exists()
    (made / "train.csv").write_text(curve)
    subprocess.run(words, check=True, capture_output=True)
    kept = folder / "recorded" / "cpu" / "transformer"
    claims = json.loads((kept / "train.json").read_text())["claims"]
    assert claims["weights_sha256"]["value"] == sha256(kept / "train.safetensors")
    assert (kept / "train.csv").is_file()

    shapes = {"claims": {"full_parameters": {"value": 10_646_784}},
              "provenance": {"rule": "transformer_shapes"}}  # fmt: skip
    (folder / "shapes.json").write_text(json.dumps(shapes))
    show = command(
        "recorded",
        settings["recorded"],
        folder,
        records="shapes.json",
        table="r.csv",
        texts="t.csv",
    )
    subprocess.run(show, check=True, capture_output=True)
    assert "≤ 1.4697,none recorded,open" in (folder / "r.csv").read_text()
    show.insert(show.index(str(folder / "shapes.json")), str(kept / "train.json"))
    subprocess.run(show, check=True, capture_output=True)
    table = (folder / "r.csv").read_text()
    loss = claims["validation_loss"]["value"]
    assert f"≤ 1.4697,{loss:.5g}," in table
    assert f"{claims['device']['value']}, 20" in table
    assert "other settings" in table  # smoke's are not the full scale's
    told = json.loads((folder / "recorded.json").read_text())["claims"]
    assert told["train_validation_loss"]["value"] == loss
    assert told["speed_time_ratio"]["value"] == "not recorded"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_the_recorder_without_a_gpu_asks_what_the_device_is(tmp_path: Path) -> None:
    words = [*RECORDER, str(tmp_path), "--recorded", str(tmp_path / "recorded")]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no CUDA GPU" in done.stdout
    assert not list(tmp_path.iterdir())
