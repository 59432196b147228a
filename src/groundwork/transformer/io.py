"""Disk: token files (memory-mapped), tokenizers, checkpoints, resumable training states."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
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
    """The token array of a file, memory-mapped: only what is drawn is read."""
    return np.load(path, mmap_mode="r")


def save_tokenizer(path: Path | str, tokenizer: Tokenizer) -> None:
    """Write a tokenizer's vocabulary as JSON."""
    write_json(path, tokenizer.as_dict())


def open_tokenizer(path: Path | str) -> Tokenizer:
    """The tokenizer that `save_tokenizer` wrote."""
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
        name: value.detach().cpu().contiguous()
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
    model = GPT(GPTConfig(**header["config"]))
    if model.config.tied:
        tensors[TIED] = tensors["embedding.weight"]
    model.load_state_dict(tensors)
    return model.to(device).eval()


def load_tokenizer(path: Path | str) -> Tokenizer:
    """The tokenizer of a checkpoint; raises as `load`."""
    return from_dict(_read(path, "cpu")[0]["tokenizer"])


def _read(path: Path | str, device: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    with safe_open(str(path), framework="pt", device=device) as file:
        header = file.metadata() or {}
        if HEADER not in header:
            raise ValueError(f"{path} holds no transformer checkpoint: its header names no model")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return json.loads(header[HEADER]), tensors


def save_state(path: Path | str, key: str, state: dict[str, Any]) -> None:
    """Write a training state that belongs to the settings and data named by `key`, atomically."""
    with replacing(path) as temporary:
        torch.save({"key": key, "state": state}, temporary)


def open_state(path: Path | str, key: str, device: str = "cpu") -> dict[str, Any] | None:
    """The training state of `key`, or None where there is none or it belongs to another run."""
    if not Path(path).is_file():
        return None
    saved = torch.load(path, map_location=device, weights_only=True)
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
