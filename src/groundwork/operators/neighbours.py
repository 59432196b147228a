"""Nearest neighbours: how much nearer the nearest point is than the farthest."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating]

BLOCK = 64  # queries at a time: bounds memory at BLOCK · points · 8 bytes


def distances(queries: Points, points: Points) -> NDArray[np.float64]:
    """Euclidean distance of every query to every point. Shapes: (q, d), (p, d) → (q, p).

    By |x|² + |y|² − 2x·y about the mean of the points, which keeps the cancellation small;
    rounding below zero is clipped.
    Checked by: tests/operators/test_neighbours.py, against differences taken one by one.
    """
    centre = points.mean(axis=0, dtype=np.float64)
    x, y = queries - centre, points - centre
    square = np.square(y).sum(axis=1)
    out = np.empty((len(x), len(y)))
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        gram = np.square(block).sum(axis=1)[:, None] + square - 2 * block @ y.T
        out[start : start + BLOCK] = np.sqrt(np.maximum(gram, 0))
    return out


def contrast(queries: Points, points: Points) -> NDArray[np.float64]:
    """(max − min)/min of each query's distances to the points: 0 when all are equally far.

    Infinite where a query is one of the points. Shapes: (q, d), (p, d) → (q,).
    Source: Beyer, Goldstein, Ramakrishnan and Shaft 1999.
    Checked by: tests/operators/test_neighbours.py.
    """
    d = distances(queries, points)
    near, far = d.min(axis=1), d.max(axis=1)
    return np.divide(far - near, near, out=np.full(len(d), np.inf), where=near > 0)


def contrast_bound(dim: int, points: int, confidence: float) -> float:
    """A contrast that `points` Gaussian points exceed with probability at most 1 − `confidence`.

    Infinite where the dimension is too small for the bound to say anything.
    Source: problem set, Theorem thm-contrast. Checked by: tests/operators/test_theorems_volumes.py.
    """
    epsilon = np.sqrt(8 * np.log(2 * points / (1 - confidence)) / dim)
    return float(np.sqrt((1 + epsilon) / (1 - epsilon)) - 1) if epsilon < 1 else float("inf")


def relative_variance(queries: Points, points: Points) -> float:
    """Var(D²)/E(D²)² over all pairs: 2/d for Gaussian data, so 2/value reads as a dimension.

    An intrinsic dimension in this one sense: the dimension in which Gaussian distances would be
    as blurred as these.
    """
    square = np.square(distances(queries, points))
    return float(square.var() / square.mean() ** 2)


def shuffled_columns(points: Points, rng: np.random.Generator) -> Points:
    """Each coordinate permuted by itself: the same marginals, no dependence between coordinates."""
    return rng.permuted(points, axis=0)
