"""Where kernels write: memory that nobody has filled, or memory poisoned to show what they miss.

`torch.empty` often returns zeros or the last right answer, under which a kernel that leaves half
of its output unwritten passes a test. `poisoned()` fills outputs with NaN and puts guards around.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import torch
from torch import Tensor

GUARD = 64  # entries on either side
MARK = 12345.0  # what the guards hold; every dtype of the room keeps it apart from its neighbours

_buffers: list[Tensor] | None = None


class Trespass(AssertionError):
    """A kernel wrote outside its output, or left part of it unwritten."""


def blank(shape: tuple[int, ...] | torch.Size, dtype: torch.dtype, device: torch.device) -> Tensor:
    """An uninitialised contiguous tensor; within `poisoned()` NaN between two guards."""
    if _buffers is None:
        return torch.empty(shape, dtype=dtype, device=device)
    size = prod(shape)
    buffer = torch.full((size + 2 * GUARD,), MARK, dtype=dtype, device=device)
    buffer[GUARD : GUARD + size] = float("nan")
    _buffers.append(buffer)
    return buffer[GUARD : GUARD + size].view(shape)


@contextmanager
def poisoned() -> Iterator[None]:
    """Poison every output within the block, and check the guards at its end.

    Raises `Trespass` when a guard changed. Unwritten entries stay NaN, for the caller to see.
    """
    global _buffers
    before, _buffers = _buffers, []
    try:
        yield
        for buffer in _buffers:
            expected = torch.full_like(buffer[:GUARD], MARK)
            if not (
                torch.equal(buffer[:GUARD], expected) and torch.equal(buffer[-GUARD:], expected)
            ):
                raise Trespass(f"an output of {buffer.numel() - 2 * GUARD} entries was overrun")
    finally:
        _buffers = before


def surrounded(x: Tensor) -> Tensor:
    """A copy of `x` with NaN before, behind and between its rows: a load without mask shows.

    Shapes: x (..., n) → the same shape, as a view of a larger tensor; strides (..., n + 3, 1).
    """
    columns = x.shape[-1] if x.dim() else 1
    wide = torch.full((x.numel() // max(columns, 1) + 2, columns + 3), float("nan"))
    wide = wide.to(x.dtype).to(x.device)
    inner = wide[1:-1, :columns].unflatten(0, x.shape[:-1]) if x.dim() > 1 else wide[1, :columns]
    inner.copy_(x)
    return inner
