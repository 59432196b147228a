"""The evidence lower bound: log-likelihood = ELBO + KL, the split behind EM's monotonicity."""

import numpy as np
from numpy.typing import NDArray

from groundwork.mixtures.density import log_joint
from groundwork.mixtures.parameters import Mixture

Array = NDArray[np.float64]


def elbo(x: Array, q: Array, mixture: Mixture) -> float:
    """F(q, θ) = Σᵢⱼ qᵢⱼ (log πⱼ N(xᵢ; μⱼ, Σⱼ) − log qᵢⱼ), in nats, with 0·log 0 = 0.

    Shapes: x (n, d), q (n, k) with rows that sum to 1.
    Source: Bishop, Pattern Recognition and Machine Learning, eq. 9.71.
    Checked by: tests/mixtures/test_bound.py (ELBO + KL = log-likelihood, for arbitrary q).
    """
    joint = log_joint(x, mixture)
    if np.shape(q) != joint.shape:
        raise ValueError(f"q has shape {np.shape(q)}, not {joint.shape}")
    return float(_times(q, joint) - _times(q, _log(q)))


def kl_divergence(q: Array, p: Array) -> float:
    """Σᵢ KL(qᵢ‖pᵢ) = Σᵢⱼ qᵢⱼ log(qᵢⱼ/pᵢⱼ) ≥ 0, in nats; infinite where q > 0 = p.

    Shapes: (n, k), (n, k). Source: Bishop, eq. 9.72.
    """
    if np.shape(q) != np.shape(p):
        raise ValueError(f"q {np.shape(q)} and p {np.shape(p)} differ in shape")
    held = q > 0
    return float((q[held] * (_log(q[held]) - _log(p[held]))).sum())


def _log(p: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p))


def _times(q: Array, values: Array) -> float:
    """Σ q·values where q > 0; a term of weight 0 counts nothing, whatever its value."""
    held = q > 0
    return float((q[held] * values[held]).sum())
