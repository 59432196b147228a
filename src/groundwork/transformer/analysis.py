"""What the heads do: a score per head and pattern, three baselines, and removal of one head.

The model knows nothing of this: forward hooks read the attention weights and silence heads.

Axis letters: L layers, B windows, H heads, T tokens of a window.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from groundwork.transformer.evaluation import evaluating
from groundwork.transformer.model import GPT, Attention, Block


@torch.no_grad()
def attention_maps(model: GPT, ids: Tensor) -> np.ndarray:
    """Every head's weights. Shapes: ids (B, T) to (L, B, H, T, T), rows sum to 1."""
    with evaluating(model), recording(model) as layers:
        model(ids.to(model.embedding.weight.device))
    return torch.stack(layers).float().cpu().numpy()


def _attentions(model: GPT) -> list[Attention]:
    return [cast(Block, block).attention for block in model.blocks]


@contextmanager
def recording(model: GPT) -> Iterator[list[Tensor]]:
    """Within the block every pass adds each layer's weights (B, H, T, S), before dropout."""
    layers: list[Tensor] = []
    hooks = [
        attention.dropout.register_forward_hook(lambda _, inputs, __: layers.append(inputs[0]))
        for attention in _attentions(model)
    ]
    try:
        yield layers
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def head_removed(model: GPT, layer: int, head: int) -> Iterator[GPT]:
    """Within the block one head adds nothing: its channels are 0 where heads lie side by side.

    Counted from 0. Raises: `IndexError` for a layer or head that the model lacks.
    """
    size = model.config.head_size
    if not (0 <= layer < model.config.layers and 0 <= head < model.config.heads):
        raise IndexError(f"the model has no layer {layer} with a head {head}")

    def silence(_: object, inputs: tuple[Tensor]) -> tuple[Tensor]:
        merged = inputs[0].clone()  # (B, T, C)
        merged[..., head * size : (head + 1) * size] = 0
        return (merged,)

    hook = _attentions(model)[layer].out.register_forward_pre_hook(silence)
    try:
        yield model
    finally:
        hook.remove()


def mass(maps: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weight that each counted row puts on its marks, and which rows count.

    Shapes: maps (L, B, H, T, T), marks (B, T, T) to mass (L, H, rows) and rows (B, T) boolean.
    """
    rows = np.asarray(marks.any(axis=-1))  # (B, T)
    on_marks = np.einsum("lbhij,bij->lhbi", maps, marks.astype(maps.dtype), optimize=True)
    return on_marks[:, :, rows], rows


def head_scores(maps: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Mean weight on the marks, per head: 1 for a head that follows the pattern everywhere.

    Shapes: maps (L, B, H, T, T), marks (B, T, T) to (L, H).
    Raises: `ValueError` when no row has a mark.
    Checked by: tests/transformer/test_analysis.py (heads built to follow a pattern score 1).
    """
    found, rows = mass(maps, marks)
    if not rows.any():
        raise ValueError("no row of these windows has a mark")
    return found.mean(axis=-1)


def uniform_score(marks: np.ndarray) -> float:
    """The score of a head that spreads its weight evenly over what it may see."""
    tokens = marks.shape[-1]
    rows = marks.any(axis=-1)
    share = marks.sum(axis=-1) / np.arange(1, tokens + 1)  # (B, T)
    return float(share[rows].mean())


def misplaced_score(maps: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """The scores with every window's marks laid over the next window's attention.

    A head that only looks a fixed distance back scores the same on its own text and on another's;
    a head that reads the text does not. Shapes: as `head_scores`.
    """
    return head_scores(maps, np.roll(marks, 1, axis=0))


@torch.no_grad()
def token_losses(model: GPT, inputs: Tensor, targets: Tensor) -> np.ndarray:
    """The loss of every single target (nats). Shapes: inputs and targets (B, T) to (B, T)."""
    device = model.embedding.weight.device
    with evaluating(model):
        logits = model(inputs.to(device)).float()  # (B, T, V)
    losses = F.cross_entropy(logits.transpose(1, 2), targets.to(device), reduction="none")
    return losses.cpu().numpy()  # (B, T)


@dataclass(frozen=True)
class Removal:
    """Rise of the loss (nats) at every position when one head is removed.

    `control`: the mean rise over removals of every other head of the layer, one at a time.
    Shapes: (B, T) each.
    """

    rise: np.ndarray
    control: np.ndarray


def served_positions(
    maps: np.ndarray, marks: np.ndarray, layer: int, head: int, share: float
) -> np.ndarray:
    """The `share` of counted rows where the head puts most weight on its marks: (B, T) boolean."""
    found, rows = mass(maps[layer : layer + 1, :, head : head + 1], marks)
    threshold = np.quantile(found[0, 0], 1 - share)
    served = np.zeros_like(rows)
    served[rows] = found[0, 0] >= threshold
    return served


def remove_head(model: GPT, inputs: Tensor, targets: Tensor, layer: int, head: int) -> Removal:
    """Remove one head and compare the losses position by position.

    Shapes: inputs and targets (B, T).
    Checked by: tests/transformer/test_analysis.py (a removed head equals zeroed weights).
    """
    whole = token_losses(model, inputs, targets)
    rises = []
    for each in range(model.config.heads):
        with head_removed(model, layer, each):
            rises.append(token_losses(model, inputs, targets) - whole)
    rise = rises.pop(head)
    return Removal(rise, np.mean(rises, axis=0) if rises else np.zeros_like(rise))


def interval(
    values: np.ndarray, where: np.ndarray, generator: np.random.Generator, draws: int = 1000
) -> tuple[float, float]:
    """A 95 % bootstrap interval of the mean of `values` at the positions `where`.

    Windows are drawn, not positions: losses within one window depend on each other, and drawing
    positions would call a mean surer than it is.

    Shapes: values and where (B, T), where boolean.
    Checked by: tests/transformer/test_analysis.py (coverage on windows that share an effect).
    """
    held = where.any(axis=1)
    totals, counts = np.where(where, values, 0).sum(axis=1)[held], where.sum(axis=1)[held]
    picks = generator.integers(0, len(totals), size=(draws, len(totals)))
    means = totals[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
