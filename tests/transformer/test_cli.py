"""The command: streams, is seeded, and refuses with one line."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from groundwork.transformer import GPT, CharTokenizer, GPTConfig, generate, load, load_tokenizer
from groundwork.transformer.cli import main
from groundwork.transformer.io import save
from groundwork.transformer.tokenizers import BPETokenizer

TEXT = "To be, or not to be: that is the question.\n"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    tokenizer = CharTokenizer.train(TEXT)
    sizes = GPTConfig(vocabulary=len(tokenizer), context=16, layers=1, heads=2, width=16, hidden=16)
    save(tmp_path / "model.safetensors", GPT(sizes), tokenizer)
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", ["char", "bpe"])
def test_a_checkpoint_comes_back_whole(tmp_path: Path, tied: bool, kind: str) -> None:
    tokenizer = CharTokenizer.train(TEXT) if kind == "char" else BPETokenizer.train(TEXT * 3, 270)
    sizes = {"context": 16, "layers": 1, "heads": 2, "width": 16, "hidden": 16, "tied": tied}
    model = GPT(GPTConfig(vocabulary=len(tokenizer), **sizes)).eval()
    save(tmp_path / "m.safetensors", model, tokenizer)
    again = load(tmp_path / "m.safetensors")
    ids = torch.tensor([tokenizer.encode("to be")])
    assert torch.equal(again(ids), model(ids))
    assert again.parameter_count() == model.parameter_count()
    assert load_tokenizer(tmp_path / "m.safetensors").encode(TEXT) == tokenizer.encode(TEXT)


def test_the_command_prints_what_generate_draws(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prompt", "To be", "--tokens", "40", "--seed", "5", "--top-k", "9"]
    assert main(["sample", str(checkpoint), *arguments]) == 0
    tokenizer = load_tokenizer(checkpoint)
    drawn = generate(load(checkpoint), tokenizer.encode("To be"), 40, 0.8, 9, 5)
    assert capsys.readouterr().out == tokenizer.decode(drawn.tolist()) + "\n"


def test_it_runs_as_a_module_and_streams(checkpoint: Path) -> None:
    """The first characters arrive before the last are drawn."""
    command = [sys.executable, "-m", "groundwork.transformer", "sample", str(checkpoint)]
    with subprocess.Popen(
        [*command, "--prompt", "To be", "--tokens", "1000000"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(50).startswith(b"To be")
        assert process.poll() is None  # still drawing
        process.kill()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--prompt", "ü"], "'ü' at 0 is not in the alphabet"),
        (["--temperature", "-1"], "temperature"),
        (["--top-k", "0"], "top_k"),
        (["--tokens", "-1"], "--tokens"),
        (["--device", "cuda"], "no CUDA GPU"),
    ],
)
def test_bad_options_end_with_one_line(
    checkpoint: Path,
    arguments: list[str],
    word: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["sample", str(checkpoint), *arguments]) == 1
    error = capsys.readouterr().err
    assert word in error
    assert error.count("\n") == 1


def test_files_that_are_no_checkpoint_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.safetensors").write_text("no weights at all, only words")
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    for name, word in [("text", "no safetensors"), ("other", "no transformer"), ("gone", "gone")]:
        assert main(["sample", str(tmp_path / f"{name}.safetensors")]) == 1
        assert word in capsys.readouterr().err
