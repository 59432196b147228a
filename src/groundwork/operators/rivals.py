"""Rivals of the truncated SVD: other matrices of the same rank, drawn, projected, optimised."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def random_rivals(a: Matrix, rank: int, count: int, rng: np.random.Generator) -> Iterator[Matrix]:
    """`count` matrices of rank at most `rank`, of four kinds in turn.

    A random matrix scaled to fit; `a` projected on a random subspace, on random columns of its
    own, and on the range of a noisy look at it (the randomised range finder).
    """
    m, n = a.shape
    for case in range(count):
        kind = case % 4
        if kind == 0:
            b = rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n))
            yield b * (np.vdot(b, a) / np.vdot(b, b))
            continue
        if kind == 1:
            basis = rng.standard_normal((m, rank))
        elif kind == 2:
            basis = a[:, rng.choice(n, rank, replace=False)]
        else:
            basis = a @ rng.standard_normal((n, rank))
        q = np.linalg.qr(basis)[0]
        yield q @ (q.T @ a)


def alternating(a: Matrix, rank: int, rounds: int, rng: np.random.Generator) -> Matrix:
    """A rank-`rank` fit by alternating least squares from a random start: knows no SVD."""
    x = rng.standard_normal((a.shape[0], rank))
    for _ in range(rounds):
        y = np.linalg.lstsq(x, a, rcond=None)[0]
        x = np.linalg.lstsq(y.T, a.T, rcond=None)[0].T
    return x @ y


def perturbed(best: Matrix, size: float, rng: np.random.Generator) -> Matrix:
    """`best` moved by a relative `size`; its rank does not rise."""
    m, n = best.shape
    scale = size / np.sqrt(max(m, n))
    left = np.eye(m) + scale * rng.standard_normal((m, m))
    return left @ best @ (np.eye(n) + scale * rng.standard_normal((n, n)))
