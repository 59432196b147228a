"""Nearest neighbours: how much nearer the nearest point is than the farthest."""

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points as as_points
from groundwork.core.arrays import power_of_two

Points = NDArray[np.floating]

BLOCK = 64  # queries at a time: bounds memory at BLOCK · points · 8 bytes
PAIRS = 2**14  # pairs taken again at a time


def distances(queries: Points, points: Points) -> NDArray[np.float64]:
    """Euclidean distance of every query to every point. Shapes: (q, d), (p, d) → (q, p).

    By |x|² + |y|² − 2x·y about the mean of the points, which keeps the cancellation small. What
    still cancels is taken again from the differences, so that equal rows are exactly 0 apart.
    Raises: TypeError for other than real numbers; ValueError for other shapes, unequal numbers of
    coordinates, or values that are not finite.
    Checked by: tests/operators/test_neighbours.py, against differences taken one by one.
    """
    at = as_points(points, "points")
    of = as_points(queries, "queries", features=at.shape[1])
    scale = power_of_two(of, at)  # no square overflows or vanishes
    of, at = of / scale, at / scale
    centre = at.mean(axis=0) if len(at) else 0.0
    x, y = of - centre, at - centre
    square = np.square(y).sum(axis=1)
    out = np.empty((len(x), len(y)))
    cancelled = 4 * np.finfo(float).eps * (x.shape[1] + 8)  # of |x|² + |y|²: no digit is left there
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        own = np.square(block).sum(axis=1)[:, None]
        gram = own + square - 2 * block @ y.T
        left, right = np.nonzero(gram <= cancelled * (own + square))
        for first in range(0, len(left), PAIRS):
            i, j = left[first : first + PAIRS], right[first : first + PAIRS]
            gram[i, j] = np.square(of[start + i] - at[j]).sum(axis=1)
        out[start : start + BLOCK] = np.sqrt(gram) * scale
    return out


def contrast(queries: Points, points: Points) -> NDArray[np.float64]:
    """(max − min)/min of each query's distances to the points: 0 when all are equally far.

    Infinite where a query is one of the points. Shapes: (q, d), (p, d) → (q,).
    Source: Beyer, Goldstein, Ramakrishnan and Shaft 1999.
    Checked by: tests/operators/test_neighbours.py.
    """
    scale = power_of_two(queries, points)
    d = distances(np.asarray(queries) / scale, np.asarray(points) / scale)
    if d.shape[1] == 0:
        raise ValueError("a contrast needs at least one point")
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
    d = distances(queries, points)
    square = np.square(d / power_of_two(d))
    return float(square.var() / square.mean() ** 2)


def shuffled_columns(points: Points, rng: np.random.Generator) -> Points:
    """Each coordinate permuted by itself: the same marginals, no dependence between coordinates."""
    return rng.permuted(points, axis=0)
