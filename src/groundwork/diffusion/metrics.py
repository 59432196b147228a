"""Judges of samples: Fréchet distance, precision and recall, neighbours, confidence, coverage.

All work on arrays of features or pixels and know nothing of the network that made them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def frechet_distance(first: Array, second: Array) -> float:
    """Squared Fréchet distance between Gaussians fitted to two sets of features.

    ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁^½ Σ₂ Σ₁^½)^½, in the features' squared unit. It grows as
    n falls: compare it at equal n with the distance between two sets of real data.
    Shapes: first (n, D), second (m, D).
    Raises: `ValueError` for fewer than two rows or unequal D.
    Source: Dowson and Landau, "The Fréchet Distance between Multivariate Normal Distributions"
    (1982); Heusel et al. (2017), equation 6.
    Checked by: tests/diffusion/test_metrics.py (commuting covariances, scipy's sqrtm).
    """
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"features of {first.shape} and {second.shape} cannot be compared")
    gap = first.mean(axis=0) - second.mean(axis=0)
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    values, vectors = np.linalg.eigh(np.atleast_2d(one))
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ np.atleast_2d(two) @ root).clip(min=0)
    squared = gap @ gap + np.trace(np.atleast_2d(one + two)) - 2 * np.sqrt(inner).sum()
    return max(float(squared), 0.0)  # rounding alone can take equal sets below 0


def squared_distances(first: Array, second: Array) -> Array:
    """‖a − b‖² of every pair; (n, D) and (m, D) give (n, m)."""
    square = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return np.maximum(square, 0)


def nearest(
    samples: Array, references: Array, chunk: int = 4096
) -> tuple[Array, NDArray[np.int64]]:
    """Distance from each sample to its nearest reference, and that reference's index.

    Shapes: samples (n, D), references (m, D), visited `chunk` at a time; returns (n,) and (n,).
    """
    best = np.full(len(samples), np.inf)
    place = np.zeros(len(samples), dtype=np.int64)
    for start in range(0, len(references), chunk):
        square = squared_distances(samples, references[start : start + chunk])
        column = square.argmin(axis=1)
        value = square[np.arange(len(samples)), column]
        closer = value < best
        best[closer], place[closer] = value[closer], column[closer] + start
    return np.sqrt(best), place


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares of samples inside the data's manifold, and of data inside the samples'."""

    precision: float
    recall: float


def precision_recall(real: Array, samples: Array, neighbours: int = 3) -> PrecisionRecall:
    """Improved precision and recall: each set's manifold is the union of balls around its points,
    each as large as the distance to the point's k-th neighbour in the same set.

    Shapes: real (n, D), samples (m, D).
    Raises: `ValueError` where a set has no k-th neighbour.
    Source: Kynkäänniemi et al., "Improved Precision and Recall Metric" (2019), equations 1 and 2.
    Checked by: tests/diffusion/test_metrics.py.
    """
    if min(len(real), len(samples)) <= neighbours:
        raise ValueError(f"{neighbours} neighbours need more than {neighbours} points a set")
    between = squared_distances(real, samples)  # (n, m)
    return PrecisionRecall(
        precision=float((between <= _radii(real, neighbours)[:, None]).any(axis=0).mean()),
        recall=float((between <= _radii(samples, neighbours)[None]).any(axis=1).mean()),
    )


def _radii(points: Array, neighbours: int) -> Array:
    """Squared distance to the k-th neighbour in the same set, (n,)."""
    square = squared_distances(points, points)
    np.fill_diagonal(square, 0.0)
    return np.partition(square, neighbours, axis=1)[:, neighbours]


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """A confidence interval (95 % by default) of a share, right at 0 and 1 too.

    Source: Wilson, "Probable Inference" (1927).
    """
    share, spread = hits / count, z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def bootstrap_frechet(
    real: Array, samples: Array, draws: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """An interval of the Fréchet distance over random halves of the samples.

    Halves without replacement vary about as the whole sample does (a share of 1/2 leaves out as
    much as it keeps), while resampling with replacement repeats points and biases the distance;
    the halves' own bias is taken out by centring them on the distance of the whole sample.
    Source: McCarthy, "Pseudo-replication: Half Samples" (1969); Politis and Romano (1994).
    Checked by: tests/diffusion/test_metrics.py.
    """
    random = np.random.default_rng(seed)
    whole, half = frechet_distance(real, samples), len(samples) // 2
    drawn = [
        frechet_distance(real, samples[random.permutation(len(samples))[:half]])
        for _ in range(draws)
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]) - np.mean(drawn)
    return float(whole + low), float(whole + high)
