"""Disk: token files (memory-mapped), tokenizers, checkpoints, resumable training states."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from groundwork.core.atomic import replacing, write_json
from groundwork.core.files import write_table
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.tokenizers import Tokenizer, from_dict
from groundwork.transformer.training import Trainer

TIED = "head.weight"  # shares its storage with the embedding, so a tied model saves it once
HEADER = "groundwork.transformer"  # the entry of a checkpoint that names sizes and vocabulary


def save_tokens(path: Path | str, ids: list[int]) -> None:
    """Write token indices as a `.npy` of 16-bit integers; raises `ValueError` beyond 65,535."""
    tokens = np.asarray(ids)
    if tokens.size and (tokens.min() < 0 or tokens.max() > np.iinfo(np.uint16).max):
        raise ValueError("token indices must fit 16 bits")
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.save(file, tokens.astype(np.uint16))


def open_tokens(path: Path | str) -> np.ndarray:
    """The token array of a file, memory-mapped: only what is drawn is read.

    Raises: `ValueError` naming the file where it holds no vector of whole numbers.
    """
    with naming(path, "tokens"):
        tokens = np.load(path, mmap_mode="r")
        if not isinstance(tokens, np.ndarray) or tokens.ndim != 1 or tokens.dtype.kind not in "iu":
            raise ValueError("expected one axis of whole numbers")
    return tokens


def save_tokenizer(path: Path | str, tokenizer: Tokenizer) -> None:
    """Write a tokenizer's vocabulary as JSON."""
    write_json(path, tokenizer.as_dict())


def open_tokenizer(path: Path | str) -> Tokenizer:
    """The tokenizer that `save_tokenizer` wrote; raises `ValueError` naming file and key."""
    with naming(path, "tokenizer"):
        return from_dict(json.loads(Path(path).read_text(encoding="utf-8")))


def save(
    path: Path | str,
    model: GPT,
    tokenizer: Tokenizer,
    weights: dict[str, torch.Tensor] | None = None,
) -> None:
    """One `.safetensors` file: weights (the model's own unless given), sizes, vocabulary."""
    tensors = model.state_dict() if weights is None else weights
    skip = {TIED} if model.config.tied else set()
    tensors = {
        name: value.detach().resolve_conj().resolve_neg().cpu().contiguous()  # memory is written
        for name, value in tensors.items()
        if name not in skip
    }
    header = json.dumps({"config": asdict(model.config), "tokenizer": tokenizer.as_dict()})
    with replacing(path) as temporary:
        # One entry: of several, safetensors writes the order at random, and bytes would differ.
        save_file(tensors, temporary, metadata={HEADER: header})


def load(path: Path | str, device: str = "cpu") -> GPT:
    """The model of a checkpoint, in evaluation mode.

    Raises: `ValueError` naming the file when it holds no model of this room.
    """
    header, tensors = _read(path, device)
    with naming(path, "config"):
        if not isinstance(header.get("config"), dict):
            raise ValueError("the sizes of the model are missing")
        model = GPT(GPTConfig(**header["config"]))
    if model.config.tied and "embedding.weight" in tensors:
        tensors[TIED] = tensors["embedding.weight"]
    own = model.state_dict()
    missing, unknown = sorted(own.keys() - tensors.keys()), sorted(tensors.keys() - own.keys())
    if missing or unknown:
        raise ValueError(f"{path}: missing tensors {missing}, unknown tensors {unknown}")
    for name, tensor in tensors.items():
        if tensor.shape != own[name].shape or not tensor.is_floating_point():
            raise ValueError(
                f"{path}, {name}: expected floats of shape {tuple(own[name].shape)}, "
                f"not {tensor.dtype} of {tuple(tensor.shape)}"
            )
    model.load_state_dict(tensors)
    return model.to(device).eval()


def load_tokenizer(path: Path | str) -> Tokenizer:
    """The tokenizer of a checkpoint; raises as `load`, also where it does not fit the model."""
    header, _ = _read(path, "cpu")
    with naming(path, "tokenizer"):
        if "tokenizer" not in header:
            raise ValueError("it is missing")
        tokenizer = from_dict(header["tokenizer"])
        config = header.get("config")
        known = config.get("vocabulary") if isinstance(config, dict) else None
        if known is not None and known != len(tokenizer):
            raise ValueError(f"{len(tokenizer)} tokens, where the model has {known}")
    return tokenizer


@contextmanager
def naming(path: Path | str, key: str) -> Iterator[None]:
    """What goes wrong within becomes a `ValueError` that names the file and the key."""
    try:
        yield
    except (ValueError, TypeError, KeyError, EOFError, ZeroDivisionError, RuntimeError) as problem:
        raise ValueError(f"{path}, {key}: {problem}") from None


def _read(path: Path | str, device: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    try:
        with safe_open(str(path), framework="pt", device=device) as file:
            text = (file.metadata() or {}).get(HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as problem:
        raise ValueError(f"{path} is no safetensors file ({problem})") from None
    if text is None:
        raise ValueError(f"{path} holds no transformer checkpoint: its header names no model")
    with naming(path, HEADER):
        header = json.loads(text)
        if not isinstance(header, dict):
            raise ValueError(f"expected a mapping, not {type(header).__name__}")
    return header, tensors


def save_state(path: Path | str, key: str, state: dict[str, Any]) -> None:
    """Write a training state that belongs to the settings and data named by `key`, atomically."""
    with replacing(path) as temporary:
        torch.save({"key": key, "state": state}, temporary)


def open_state(path: Path | str, key: str, device: str = "cpu") -> dict[str, Any] | None:
    """The training state of `key`, or None where there is none or it belongs to another run."""
    if not Path(path).is_file():
        return None
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
    except Exception as problem:  # the kinds that PyTorch raises for a damaged file are many
        raise ValueError(f"{path} is no training state ({problem}): remove it") from None
    if not isinstance(saved, dict) or not {"key", "state"} <= saved.keys():
        raise ValueError(f"{path} is no training state of this room: remove it")
    return saved["state"] if saved["key"] == key else None


class Scratch:
    """A folder that holds what a killed run needs to go on: its state and its curve so far.

    A state goes on only in the run that it belongs to: same sizes, knobs, seed, threads and
    PyTorch, and the same `origin` (checksums of the data, digest of the code). Another's is
    overwritten.
    """

    def __init__(self, folder: Path | str, trainer: Trainer, *origin: str) -> None:
        self.folder, self.trainer = Path(folder), trainer
        run = [asdict(trainer.model.config), asdict(trainer.config), trainer.seed]
        self.key = json.dumps([*run, torch.get_num_threads(), torch.__version__, *origin])

    def resume(self) -> bool:
        """Put the kept state into the trainer; False where there is none of this run."""
        state = open_state(self.folder / "state.pt", self.key, self.trainer.config.device)
        if state is not None:
            with naming(self.folder / "state.pt", "state"):
                self.trainer.restore(state)
        return state is not None

    def keep(self) -> None:
        """Write the state and the curve so far, each atomically."""
        save_state(self.folder / "state.pt", self.key, self.trainer.state())
        with replacing(self.folder / "curve.csv") as curve:
            write_table(curve, [asdict(e) for e in self.trainer.evaluations])


def clear(folder: Path | str) -> None:
    """Remove a folder of states, if it is there: its runs are over."""
    shutil.rmtree(folder, ignore_errors=True)
