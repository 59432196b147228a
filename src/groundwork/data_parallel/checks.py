"""Oracles that run on the ranks: own all-reduces against a float64 sum, bits against bits."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from groundwork.data_parallel.collectives import ALGORITHMS, DTYPES
from groundwork.data_parallel.digest import all_digests, digest
from groundwork.data_parallel.tasks import (
    IGNORED,
    StudentConfig,
    Teacher,
    build_student,
    loss_sum,
)


@dataclass(frozen=True)
class Reduced:
    """One all-reduce: its error in units of the dtype's spacing at Σ|x|, and whether ranks agree."""

    algorithm: str
    dtype: str
    length: int
    error: float
    equal: bool


def reduced(rank: int, ranks: int, lengths: Sequence[int]) -> list[Reduced]:
    """Each algorithm, dtype and length on random numbers that differ from rank to rank."""
    found = []
    for name, reduce in ALGORITHMS.items():
        for dtype in DTYPES:
            for length in lengths:
                x = _numbers(rank, length).to(dtype)
                exact, size = x.double(), x.double().abs()
                dist.all_reduce(exact)
                dist.all_reduce(size)
                if reduce(x, None) is not x:
                    raise AssertionError(f"{name} does not work in place")
                units = torch.finfo(dtype).eps * size
                error = float(((x.double() - exact).abs() / units).max()) if length else 0.0
                equal = len(set(all_digests(digest([x])))) == 1
                kind = str(dtype).removeprefix("torch.")
                found.append(Reduced(name, kind, length, error, equal))
    return found


def _numbers(rank: int, length: int) -> Tensor:
    generator = torch.Generator().manual_seed(1000 * length + rank)
    return torch.randn(length, generator=generator, dtype=torch.float64)


def mean_of_means_error(config: StudentConfig, batch: int, ranks: int, seed: int) -> float:
    """How far the average of the ranks' mean gradients is from the whole batch's, relatively."""
    rows = Teacher(config, batch, seed, torch.float64).rows(0)
    model = build_student(config, seed, torch.float64)
    parameters = list(model.parameters())

    def gradient(part: slice) -> Tensor:
        count = (rows.labels[part] != IGNORED).sum()
        found = torch.autograd.grad(loss_sum(model, rows[part]) / count, parameters)
        return torch.cat([g.reshape(-1) for g in found])

    whole = gradient(slice(None))
    size = batch // ranks
    naive = sum(gradient(slice(r * size, (r + 1) * size)) for r in range(ranks)) / ranks
    return float((naive - whole).norm() / whole.norm())
