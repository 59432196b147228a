"""k-means, and the mixture whose limit it is."""

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points, power_of_two
from groundwork.mixtures.density import e_step
from groundwork.mixtures.parameters import Mixture

Array = NDArray[np.float64]


def soft_kmeans(x: Array, means: Array, sigma: float, iterations: int) -> tuple[Array, Array]:
    """EM for the means alone, with equal weights and every covariance fixed at σ²I.

    Returns means and the responsibilities at them. Shapes: (n, d), (k, d) -> (k, d), (n, k).
    Source: Bishop, Pattern Recognition and Machine Learning, section 9.3.2.
    Checked by: tests/mixtures/test_kmeans.py (its limit σ → 0 is `lloyd`).
    """
    means = points(means, "means")
    x = points(x, features=means.shape[1])
    k, d = means.shape
    weights = np.full(k, 1.0 / k)
    covariances = np.tile(sigma**2 * np.eye(d), (k, 1, 1))
    responsibilities = e_step(x, Mixture(weights, means, covariances))[0]
    for _ in range(iterations):
        counts = responsibilities.sum(axis=0)
        kept = counts > 0  # a centre that owns nothing stays, as in `lloyd`
        means = means.copy()
        means[kept] = (responsibilities.T @ x)[kept] / counts[kept, None]
        responsibilities = e_step(x, Mixture(weights, means, covariances))[0]
    return means, responsibilities


def lloyd(x: Array, means: Array, iterations: int) -> tuple[Array, NDArray[np.int64]]:
    """Lloyd's k-means: nearest centre, then mean of what it owns; means and labels.

    Shapes: (n, d), (k, d) -> (k, d), (n,). Source: Lloyd 1982; Bishop, eqs. 9.2 and 9.4.
    Checked by: tests/mixtures/test_kmeans.py, against scikit-learn from the same centres.
    """
    means = points(means, "means")
    x = points(x, features=means.shape[1])
    labels = nearest(x, means)
    for _ in range(iterations):
        means = means.copy()
        for j in range(len(means)):
            if (labels == j).any():
                means[j] = x[labels == j].mean(axis=0)
        labels = nearest(x, means)
    return means, labels


def nearest(x: Array, means: Array) -> NDArray[np.int64]:
    """The index of the mean nearest to each point. Shapes: (n, d), (k, d) -> (n,)."""
    unit = power_of_two(x, means)  # distances are compared, so their unit is free
    distances = [(((x - mean) / unit) ** 2).sum(axis=1) for mean in means]
    return np.argmin(np.stack(distances), axis=0)
