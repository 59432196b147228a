"""Where EM starts: k-means++ seeding, random points, or parameters given by the caller."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points, power_of_two, real
from groundwork.mixtures.kmeans import nearest
from groundwork.mixtures.parameters import Mixture, check

Array = NDArray[np.float64]


def starting_mixture(x: Array, k: int, init: Any, rng: np.random.Generator) -> Mixture:
    """A first mixture of `k` components for the data `x`.

    `init`: None or "kmeans++" spreads the means by k-means++ and takes the scatter of the points
    about their nearest mean as every covariance; "random" takes k distinct points, and an array
    (k, d) is taken, as the means, both with the data's covariance. All start with equal weights.
    A `Mixture`, or a triple (weights, means, covariances), is taken as it is.
    """
    n, d = x.shape
    if isinstance(init, (tuple, list)) and len(init) == 3 and np.ndim(init[0]) == 1:
        init = Mixture(*(np.array(real(part, "init")) for part in init))
    if isinstance(init, Mixture):
        check(init)
        if init.means.shape != (k, d):
            raise ValueError(f"init has means of shape {init.means.shape}, not {(k, d)}")
        return init
    spread = x
    if init is None or (isinstance(init, str) and init == "kmeans++"):
        means = plus_plus_means(x, k, rng)
        # With the data's own covariance the components would overlap so widely that EM forgets
        # in its first steps where they were put.
        about_nearest = x - means[nearest(x, means)]
        if np.linalg.matrix_rank(about_nearest) == d:
            spread = about_nearest
    elif isinstance(init, str) and init == "random":
        means = x[rng.choice(n, size=k, replace=False)]
    elif isinstance(init, str):
        raise ValueError(f"init must be 'kmeans++', 'random' or parameters, not {init!r}")
    else:
        means = np.array(real(init, "init"))
        if means.shape != (k, d):
            raise ValueError(f"init has means of shape {means.shape}, not {(k, d)}")
    covariance = np.atleast_2d(np.cov(spread, rowvar=False, bias=True))
    return Mixture(np.full(k, 1.0 / k), means, np.tile(covariance, (k, 1, 1)))


def plus_plus_means(x: Array, k: int, rng: np.random.Generator) -> Array:
    """k-means++ seeding: each next centre drawn with probability ∝ squared distance to the last.

    Shapes: (n, d) -> (k, d).
    Source: Arthur and Vassilvitskii, k-means++: the advantages of careful seeding, SODA 2007.
    Checked by: tests/mixtures/test_initial.py (drawing frequencies on a line of three points).
    """
    x = points(x)
    x, unit = x / power_of_two(x), power_of_two(x)  # chances are shares, so the unit is free
    means = [x[rng.integers(len(x))]]
    nearest = np.full(len(x), np.inf)
    while len(means) < k:
        nearest = np.minimum(nearest, ((x - means[-1]) ** 2).sum(axis=1))
        total = nearest.sum()
        # All points covered exactly (fewer distinct points than k): any point serves.
        chances = nearest / total if total > 0 else None
        means.append(x[rng.choice(len(x), p=chances)])
    return np.stack(means) * unit
