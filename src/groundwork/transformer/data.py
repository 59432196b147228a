"""Data: the split, seeded random windows for training, every window in turn for evaluation.

Axis letters: N tokens in a split, B windows in a batch, T tokens in a window.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from groundwork.core.seeds import stream


def split_text(text: str, fraction: float = 0.9) -> tuple[str, str]:
    """The first `fraction` of the characters for training, the rest for validation.

    A cut in time, not a random draw of windows: neighbouring windows share almost all of their
    characters, so a random draw would put most of the validation text into training.
    Raises: `ValueError` when one side would be empty.
    """
    cut = int(len(text) * fraction)
    if not 0 < cut < len(text):
        raise ValueError(f"a fraction of {fraction} leaves one side of the split empty")
    return text[:cut], text[cut:]


@dataclass(frozen=True)
class Windows:
    """Random windows of a token array, drawn by seed and iteration.

    `tokens` may be memory-mapped: only the windows drawn are read. The draw depends on the seed
    and the iteration alone, so a resumed run sees the batches it would have seen.

    Raises: `ValueError` when the array is too short for one window and its targets.
    Checked by: tests/transformer/test_data.py.
    """

    tokens: np.ndarray  # (N,)
    context: int
    batch: int
    seed: int

    def __post_init__(self) -> None:
        if len(self.tokens) <= self.context:
            raise ValueError(
                f"{len(self.tokens)} tokens are too few for windows of {self.context} and a target"
            )

    def draw(self, iteration: int, micro: int = 0) -> tuple[Tensor, Tensor]:
        """Inputs and targets of one (micro-)batch: (B, T) each, the targets one token later."""
        generator = stream(self.seed, "batch", iteration, micro)
        starts = generator.integers(0, len(self.tokens) - self.context, size=self.batch)  # (B,)
        rows = starts[:, None] + np.arange(self.context + 1)  # (B, T + 1)
        window = torch.from_numpy(self.tokens[rows].astype(np.int64))
        return window[:, :-1], window[:, 1:]


def sweep(tokens: np.ndarray, context: int, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Every target of `tokens` exactly once, in windows side by side, the last one shorter.

    Yields inputs and targets, (B, T) each. The first token of a window is predicted from itself
    alone, so the mean over a sweep is what a model sees with half its context on average.
    """
    whole = (len(tokens) - 1) // context
    for first in range(0, whole, batch):
        count = min(batch, whole - first)
        start, stop = first * context, (first + count) * context
        yield _grid(tokens[start:stop], count), _grid(tokens[start + 1 : stop + 1], count)
    if whole * context < len(tokens) - 1:
        yield _grid(tokens[whole * context : -1], 1), _grid(tokens[whole * context + 1 :], 1)


def _grid(tokens: np.ndarray, rows: int) -> Tensor:
    return torch.from_numpy(tokens.astype(np.int64)).view(rows, -1)  # (B, T)
