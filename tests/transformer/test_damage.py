"""Damaged checkpoints, sampling at its edges, modes given back, lazily negated weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from groundwork.transformer import GPT, CharTokenizer, GPTConfig, generate, load, load_tokenizer
from groundwork.transformer.analysis import attention_maps, token_losses
from groundwork.transformer.cli import main
from groundwork.transformer.generation import filter_logits, stream_tokens
from groundwork.transformer.io import HEADER, open_state, open_tokenizer, open_tokens, save

SIZES = GPTConfig(vocabulary=5, context=8, layers=1, heads=2, width=8, hidden=8, dropout=0.1)


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(SIZES)


def damaged(header, tensors, name: str) -> None:  # type: ignore[no-untyped-def]
    config, words = header["config"], header["tokenizer"]
    changes = {
        "config missing": lambda: header.pop("config"),
        "config null": lambda: header.update(config=None),
        "unknown size": lambda: config.update(depth=3),
        "size missing": lambda: config.pop("width"),
        "size as text": lambda: config.update(layers="1"),
        "size 0": lambda: config.update(heads=0),
        "norm": lambda: config.update(norm=["rms"]),
        "tokenizer missing": lambda: header.pop("tokenizer"),
        "tokenizer kind": lambda: words.update(kind="word"),
        "alphabet missing": lambda: words.pop("alphabet"),
        "alphabet short": lambda: words.update(alphabet="ab"),
        "merges": lambda: header.update(tokenizer={"kind": "bpe", "merges": [[1, 999]]}),
        "embedding missing": lambda: tensors.pop("embedding.weight"),
        "tensor missing": lambda: tensors.pop("norm.gain"),
        "tensor unknown": lambda: tensors.update(extra=torch.zeros(1)),
        "tensor shape": lambda: tensors.update({"norm.gain": torch.ones(3)}),
        "tensor kind": lambda: tensors.update({"norm.gain": torch.ones(8, dtype=torch.int64)}),
    }
    changes[name]()


KEYS = {
    "config missing": "config", "config null": "config", "unknown size": "depth",
    "size missing": "width", "size as text": "layers", "size 0": "heads", "norm": "norm",
    "tokenizer missing": "tokenizer", "tokenizer kind": "kind", "alphabet missing": "alphabet",
    "alphabet short": "tokens", "merges": "merges", "embedding missing": "embedding.weight",
    "tensor missing": "norm.gain", "tensor unknown": "extra", "tensor shape": "norm.gain",
    "tensor kind": "norm.gain",
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_damaged_checkpoint_is_refused_by_file_and_key(
    model: GPT, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, path = tmp_path / "whole.safetensors", tmp_path / "damaged.safetensors"
    save(whole, model, CharTokenizer("abcd\n"))
    tensors = load_file(whole)
    header = {"config": vars(SIZES).copy(), "tokenizer": CharTokenizer("abcd\n").as_dict()}
    damaged(header, tensors, name)
    save_file(tensors, path, metadata={HEADER: json.dumps(header)})

    def both() -> None:
        load_tokenizer(path)
        load(path)

    with pytest.raises(ValueError, match=KEYS[name]) as caught:
        both()
    assert str(path) in str(caught.value)
    assert main(["sample", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_other_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    for text in ("", "{", "[]", '{"kind": "char"}'):
        path.write_text(text)
        readers = (open_tokenizer, load, open_tokens, lambda p: open_state(p, "key"))
        for read in readers:
            with pytest.raises(ValueError, match="damaged"):
                read(path)
    save_file({}, path, metadata={HEADER: "[]"})
    with pytest.raises(ValueError, match="damaged"):
        load(path)


def test_all_probability_means_every_token() -> None:
    logits = torch.linspace(8, -8, 5000)[None]
    assert torch.isfinite(filter_logits(logits, temperature=1.0, top_p=1.0)).all()
    cold = filter_logits(torch.tensor([[1.0, 2.0, -3.0]]), temperature=1e-320)
    assert cold.softmax(-1).tolist() == [[0.0, 1.0, 0.0]]
    for temperature in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="temperature"):
            filter_logits(logits, temperature=temperature)


def test_each_module_gets_its_mode_back(model: GPT) -> None:
    model.blocks[0].eval()
    before = [module.training for module in model.modules()]
    ids = torch.tensor([[1, 2, 3]])
    generate(model, [1], 3)
    attention_maps(model, ids)
    token_losses(model, ids, ids)
    running = stream_tokens(model, ids, 3)
    next(running)
    assert [module.training for module in model.modules()] == before
    with pytest.raises(ValueError, match="at least 0"):
        generate(model, [1], -1)
    with pytest.raises(TypeError, match="indices"):
        generate(model, torch.tensor([1.5]), 1)


def test_lazily_negated_weights_are_saved_with_their_sign(model: GPT, tmp_path: Path) -> None:
    state = model.state_dict()
    lazy = torch.complex(state["norm.gain"], -state["norm.gain"]).conj().imag
    assert lazy.is_neg()
    state["norm.gain"] = lazy
    save(tmp_path / "m.safetensors", model, CharTokenizer("abcd\n"), state)
    assert torch.equal(load(tmp_path / "m.safetensors").norm.gain, model.norm.gain)
