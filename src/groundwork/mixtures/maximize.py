"""The M-step, and three ways to keep a covariance away from zero."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points
from groundwork.mixtures.density import BLOCK
from groundwork.mixtures.parameters import DegenerateComponentError, Mixture

Array = NDArray[np.float64]
FloorRule = Literal["clip", "noise", "add"]
FLOOR_RULES: tuple[str, ...] = get_args(FloorRule)


def m_step(
    x: Array,
    responsibilities: Array,
    previous: Mixture,
    *,
    floor: float = 0.0,
    rule: FloorRule = "clip",
) -> Mixture:
    """The parameters that maximise the expected complete-data log-likelihood.

    Nⱼ = Σᵢ rᵢⱼ; πⱼ = Nⱼ/n; μⱼ = Σᵢ rᵢⱼxᵢ/Nⱼ; Σⱼ = Σᵢ rᵢⱼ(xᵢ − μⱼ)(xᵢ − μⱼ)ᵀ/Nⱼ, then `floored`.
    Deviations are taken from the *new* mean. A component that owns no point (Nⱼ below rounding)
    raises `DegenerateComponentError`, or keeps its `previous` place where a floor is set.

    Shapes: x (n, d), responsibilities (n, k).
    Source: Bishop, Pattern Recognition and Machine Learning, eqs. 9.24 to 9.27.
    Checked by: tests/mixtures/test_maximize.py, against numerical maximisation and NumPy's cov.
    """
    x = points(x, features=previous.means.shape[1])
    if responsibilities.shape != (len(x), len(previous.weights)):
        raise ValueError(f"responsibilities {responsibilities.shape} do not fit {len(x)} points and "
                         f"{len(previous.weights)} components")  # fmt: skip
    counts = responsibilities.sum(axis=0)  # (k,)
    empty = counts <= 10 * np.finfo(np.float64).eps
    if empty.any() and not floor:
        raise DegenerateComponentError(int(np.argmax(empty)), "no point belongs to it")
    safe = np.where(empty, 1.0, counts)
    means = (responsibilities.T @ x) / safe[:, None]  # (k, d)
    scatter = np.zeros_like(previous.covariances)  # (k, d, d)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        deviations = x[rows] - means[:, None, :]  # (k, b, d)
        weighted = deviations * responsibilities[rows].T[:, :, None]
        scatter += np.matmul(weighted.transpose(0, 2, 1), deviations)
    covariances, roots = floored(scatter / safe[:, None, None], floor, rule)
    means[empty] = previous.means[empty]
    covariances[empty] = previous.covariances[empty]
    if roots is not None and previous.roots is not None:
        roots[empty] = previous.roots[empty]
    return Mixture(counts / counts.sum(), means, covariances, roots)


def floored(covariances: Array, floor: float, rule: FloorRule) -> tuple[Array, Array | None]:
    """Covariances kept away from singularity by `floor` = ε ≥ 0, in squared data units.

    `clip`: eigenvalues below ε are raised to ε, the exact maximiser of the M-step among Σ ⪰ εI;
    the plain log-likelihood never falls. `noise`: Σ + εI, with `e_step(noise=ε)`; what never falls
    is the objective with the penalty ½ε tr Σ⁻¹ inside. `add`: Σ + εI with the plain E-step, as
    libraries do; nothing is promised.

    The second result, under `clip`, are the roots L with Σ = L Lᵀ (see `Mixture`). An ε below
    1e-8 of the data's variance leaves rounding of about 1e-12·|ℓ| in the ascent, and more below.

    Shapes: (k, d, d) -> (k, d, d), (k, d, d).
    Source: proofs in the post "The Expectation-Maximization Algorithm Visualized".
    Checked by: tests/mixtures/test_monotone.py, each promise and the broken one.
    """
    if not floor:
        return covariances, None
    if rule != "clip":
        return covariances + floor * np.eye(covariances.shape[1]), None
    values, vectors = np.linalg.eigh(covariances)  # (k, d), (k, d, d)
    spread = np.sqrt(np.maximum(values, floor))[:, :, None] * vectors.transpose(0, 2, 1)
    roots = np.asarray(np.linalg.qr(spread, mode="r")).transpose(
        0, 2, 1
    )  # Σ = spreadᵀ spread = Rᵀ R
    roots = roots * np.sign(np.diagonal(roots, axis1=1, axis2=2))[:, None, :]  # diagonal > 0
    return roots @ roots.transpose(0, 2, 1), roots
