"""Low-rank adapters: a frozen matrix W becomes W + s · B A, of which only A and B are trained.

Room 1.1 shows why so little rank can be enough: the change that fine-tuning makes to a trained
matrix has a steep spectrum, unlike the matrix itself.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from groundwork.alignment.model import Linear, Llama


def matrices(model: Llama, first: int = 0) -> dict[str, Linear]:
    """The matrices of layers `first` and up, by name."""
    return {
        f"layers.{number}.{name}": part
        for number in range(first, model.config.layers)
        for name, part in model.layers[number].named_modules()
        if isinstance(part, Linear)
    }


def attach(model: Llama, *, rank: int, scale: float, first: int, seed: int) -> list[nn.Parameter]:
    """Adapters on every matrix of layers `first` and up; returns what is to be trained.

    A is drawn with variance 1/inputs, B is zero, so that the network's function is unchanged.
    Shapes: A (rank, inputs), B (outputs, rank).
    Raises: `ValueError` for a rank below 1 or a first layer that the network does not have.
    Source: Hu et al., "LoRA" (2021), equation 3 and section 4.1.
    Checked by: tests/alignment/test_lora.py (the merged matrix, the gradient by autograd of W).
    """
    if rank < 1:
        raise ValueError(f"an adapter's rank is at least 1, not {rank}")
    if not 0 <= first < model.config.layers:
        raise ValueError(f"there is no layer {first}: the network has {model.config.layers}")
    generator = torch.Generator().manual_seed(seed)
    trained: list[nn.Parameter] = []
    for part in matrices(model, first).values():
        outputs, inputs = part.weight.shape
        down = torch.randn(rank, inputs, generator=generator) / math.sqrt(inputs)
        part.a = nn.Parameter(down.to(part.weight.dtype))
        part.b = nn.Parameter(part.weight.new_zeros(outputs, rank))
        part.scale = scale
        trained += [part.a, part.b]
    return trained


def weights(model: Llama) -> dict[str, Tensor]:
    """The adapters' matrices, detached copies, by name; B holds the scale, so that W + B A is meant."""
    found: dict[str, Tensor] = {}
    for name, part in matrices(model).items():
        if part.a is not None and part.b is not None:
            found[f"{name}.a"] = part.a.detach().clone()
            found[f"{name}.b"] = part.b.detach() * part.scale
    return found


@torch.no_grad()
def load(model: Llama, saved: dict[str, Tensor]) -> None:
    """Put adapters in place that `weights` gave; others are removed."""
    for name, part in matrices(model).items():
        given = saved.get(f"{name}.a"), saved.get(f"{name}.b")
        part.a, part.b = (None if value is None else nn.Parameter(value) for value in given)
        part.scale = 1.0


@torch.no_grad()
def merge(model: Llama) -> None:
    """Add every adapter to its matrix and remove it: the same function at the price of none."""
    for part in matrices(model).values():
        if part.a is not None and part.b is not None:
            part.weight.add_(part.b @ part.a, alpha=part.scale)
        part.a = part.b = None


@contextmanager
def switched_off(model: Llama) -> Iterator[None]:
    """The frozen network itself within the block: the reference at no memory of its own."""
    parts = matrices(model).values()
    scales = [part.scale for part in parts]
    try:
        for part in parts:
            part.scale = 0.0
        yield
    finally:
        for part, scale in zip(parts, scales, strict=True):
            part.scale = scale
