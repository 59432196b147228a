"""The E-step: log densities, responsibilities and log-likelihood, never leaving log space early."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points
from groundwork.mixtures.parameters import Mixture, factors

Array = NDArray[np.float64]

BLOCK = 2048  # points at a time: k·2048·d doubles of differences stay in the L2 cache


def e_step(
    x: Array, mixture: Mixture, *, noise: float = 0.0, scale: Array | None = None
) -> tuple[Array, float]:
    """Responsibilities r[i, j] = p(component j | xᵢ), and the log-likelihood Σᵢ log p(xᵢ).

    With `noise` = ε > 0 each component's log density is lowered by ½ε·tr Σ⁻¹: the E-step (and
    the objective) that matches covariances enlarged by εI; see `maximize.floored`. With `scale`
    (the data's variances) a collapsed component raises `DegenerateComponentError`.

    Shapes: x (n, d) -> (n, k), scalar.
    Source: Bishop, Pattern Recognition and Machine Learning, eqs. 9.23 and 9.28.
    Differs: in log space, the largest term taken out before `exp`; exp(−745) is already 0.
    Checked by: tests/mixtures/test_density.py, against 60-digit arithmetic (mpmath).
    """
    x = points(x, features=mixture.means.shape[1])
    responsibilities = np.empty((len(x), len(mixture.weights)))
    log_likelihood = 0.0
    for rows, joint in _blocks(x, mixture, noise, scale):  # joint (k, b)
        largest = joint.max(axis=0)
        if not np.isfinite(largest).all():
            far = ~np.isfinite(largest)
            joint[:, far] = _far(x[rows][far], mixture)
            largest[far] = -np.inf
            joint[:, ~far] -= largest[~far]
        else:
            joint -= largest
        np.exp(joint, out=joint)
        total = joint.sum(axis=0)
        joint /= total
        responsibilities[rows] = joint.T
        log_likelihood += float((np.log(total) + largest).sum())
    return responsibilities, log_likelihood


def _far(x: Array, mixture: Mixture) -> Array:
    """log π + log N less its largest entry, where densities are below any number: (k, b).

    Distances are compared in units of the point's own size, in which squares do not overflow.
    """
    unit = np.maximum(np.abs(x).max(axis=1), 1.0)  # (b,)
    whiten, constant = _whitening(mixture, 0.0, None)
    peak = np.abs(whiten).max()
    z = np.matmul(whiten / peak, (x / unit[:, None]).T - mixture.means[:, :, None] / unit)
    square = np.where(mixture.weights > 0, np.einsum("kdb,kdb->bk", z, z), np.inf).T  # (k, b)
    excess = square - square.min(axis=0)
    with np.errstate(over="ignore"):
        joint = -0.5 * excess * peak * unit * peak * unit
    joint += constant[:, None]
    return np.asarray(joint - joint.max(axis=0))


def log_joint(x: Array, mixture: Mixture) -> Array:
    """log πⱼ + log N(xᵢ; μⱼ, Σⱼ) for every point and component, in nats. Shapes: -> (n, k)."""
    x = points(x, features=mixture.means.shape[1])
    result = np.empty((len(x), len(mixture.weights)))
    for rows, joint in _blocks(x, mixture, 0.0, None):
        result[rows] = joint.T
    return result


def _blocks(
    x: Array, mixture: Mixture, noise: float, scale: Array | None
) -> Iterator[tuple[slice, Array]]:
    """Rows, and their log π + log N (− ½ε tr Σ⁻¹) as (k, b): a quadratic form by whitening.

    With Σ = LLᵀ, (x − μ)ᵀΣ⁻¹(x − μ) = |L⁻¹(x − μ)|² and ½ log det Σ = Σ log Lⱼⱼ.
    """
    whiten, constant = _whitening(mixture, noise, scale)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        # Points last: features are few, and loops along them would be short.
        with np.errstate(over="ignore", invalid="ignore"):  # `e_step` sees to points beyond reach
            z = np.matmul(whiten, x[rows].T - mixture.means[:, :, None])  # (k, d, b)
            joint = np.einsum("kdb,kdb->kb", z, z)
        joint *= -0.5
        joint += constant[:, None]
        yield rows, joint


def _whitening(mixture: Mixture, noise: float, scale: Array | None) -> tuple[Array, Array]:
    """L⁻¹ (k, d, d), and what of log π + log N does not depend on the point (k,)."""
    d = mixture.means.shape[1]
    lower = factors(mixture, scale)  # (k, d, d)
    whiten = np.linalg.inv(lower)  # (k, d, d)
    half_log_det = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    with np.errstate(divide="ignore"):  # a weight of 0 has log −inf, and responsibility 0
        constant = np.log(mixture.weights) - half_log_det - 0.5 * d * np.log(2 * np.pi)
    constant -= 0.5 * noise * np.einsum("kij,kij->k", whiten, whiten)  # tr Σ⁻¹ = |L⁻¹|²
    return np.asarray(whiten), constant
