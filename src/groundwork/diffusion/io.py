"""Disk: images as arrays, checkpoints, resumable training states."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from groundwork.core.atomic import replacing
from groundwork.diffusion.model import UNet, UNetConfig
from groundwork.diffusion.schedule import ScheduleConfig
from groundwork.diffusion.training import Trainer

HEADER = "groundwork.diffusion"  # the entry of a checkpoint that names sizes and schedule


def scaled(pixels: np.ndarray) -> Tensor:
    """Bytes (N, H, W) as images (N, 1, H, W) in [−1, 1].

    Raises: `ValueError` for anything but bytes in three axes.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise ValueError(f"images must be bytes (N, H, W), not {pixels.dtype} of {pixels.shape}")
    return (torch.from_numpy(pixels.astype(np.float32)) / 127.5 - 1).unsqueeze(1)  # (N, 1, H, W)


def save(
    path: Path | str,
    model: UNet,
    weights: dict[str, Tensor] | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """One `.safetensors` file: weights (the model's own unless given) in `dtype`, sizes, schedule."""
    tensors = model.state_dict() if weights is None else weights
    tensors = {name: value.detach().cpu().to(dtype).contiguous() for name, value in tensors.items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={HEADER: json.dumps(asdict(model.config))})


def load(path: Path | str, schedule: ScheduleConfig | None = None, device: str = "cpu") -> UNet:
    """The model of a checkpoint in float32, in evaluation mode.

    Raises: `ValueError` naming the file when it holds no model of this room or one of another
    version's network, or when `schedule` is given and the model was trained under another.
    """
    with safe_open(str(path), framework="pt", device=device) as file:
        header = file.metadata() or {}
        if HEADER not in header:
            raise ValueError(f"{path} holds no diffusion checkpoint: its header names no model")
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    entries = json.loads(header[HEADER])
    if strange := entries.keys() ^ {field.name for field in fields(UNetConfig)}:
        raise ValueError(
            f"{path} was written for another version of this network, which differs in "
            f"{', '.join(sorted(strange))}: train it anew"
        )
    entries["schedule"] = ScheduleConfig(**entries["schedule"])
    entries["channels"] = tuple(entries["channels"])
    model = UNet(UNetConfig(**entries))
    if schedule is not None and model.config.schedule != schedule:
        raise ValueError(
            f"{path} was trained under {model.config.schedule}, not {schedule}: "
            "its time steps mean other noise levels"
        )
    model.load_state_dict(tensors)
    return model.to(device).eval()


def state_key(trainer: Trainer, *origin: str) -> str:
    """What a training state belongs to: sizes, knobs, seed, threads, PyTorch, `origin`.

    The run's length and cool-down are not in it: until the cool-down begins they change nothing.
    """
    knobs = asdict(trainer.config)
    for name in ("iterations", "cooldown", "evaluate_every"):
        del knobs[name]
    run = [asdict(trainer.model.config), knobs, trainer.seed]
    return json.dumps([*run, torch.get_num_threads(), torch.__version__, *origin])


def save_state(path: Path | str, key: str, state: dict[str, Any]) -> None:
    """Write a training state that belongs to `key`, atomically."""
    with replacing(path) as temporary:
        torch.save({"key": key, "state": state}, temporary)


def open_state(path: Path | str, key: str, device: str = "cpu") -> dict[str, Any] | None:
    """The training state of `key`, or None where there is none or it belongs to another run."""
    if not Path(path).is_file():
        return None
    saved = torch.load(path, map_location=device, weights_only=True)
    return saved["state"] if saved["key"] == key else None


def fit(
    trainer: Trainer,
    path: Path | str,
    key: str,
    *,
    save_seconds: float = 60,
    report: Callable[[str], None] = print,
) -> None:
    """Train to the end, from the state at `path` if it belongs to `key`; keep the state there."""
    state = open_state(path, key, trainer.config.device)
    if state is not None:
        trainer.restore(state)
        report(f"going on after update {trainer.iteration}")
    saved = time.monotonic()
    for evaluation in trainer.run():
        if evaluation:
            report(
                f"update {evaluation.iteration}/{trainer.config.iterations}, "
                f"{evaluation.seconds:.0f} s, validation {evaluation.validation:.4f}"
            )
        if time.monotonic() - saved > save_seconds:
            save_state(path, key, trainer.state())
            saved = time.monotonic()
    save_state(path, key, trainer.state())


def to_bytes(images: Tensor) -> np.ndarray:
    """Images (N, 1, H, W) in [−1, 1] as bytes (N, H, W), what `scaled` takes back."""
    return ((images.squeeze(1).clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
