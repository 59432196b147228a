"""Ridge regression in the primal: the weights themselves, for features that can be written down."""

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points, real

Array = NDArray[np.float64]


def primal_ridge(features: Array, targets: Array, penalty: float) -> Array:
    """The minimiser w of ½|Φw − y|² + ½λ|w|², by QR of Φ stacked on √λ·I.

    The stacked least-squares problem has the same minimiser and, unlike the normal equations
    (ΦᵀΦ + λI)w = Φᵀy, does not square the condition number. It shares no step with the dual.

    Shapes: features (n, p), targets (n,) or (n, m) -> (p,) or (p, m).
    Source: Bishop, eq. 6.2; Björck, Numerical Methods for Least Squares Problems, section 2.7.
    Checked by: tests/kernel_ridge/test_regressor.py (zero gradient of the objective).
    """
    features, targets = points(features, "features"), real(targets, "targets")
    if targets.shape[:1] != features.shape[:1]:
        raise ValueError(f"features {features.shape} and targets {targets.shape} differ in length")
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ValueError(f"penalty must be finite and at least 0, not {penalty}")
    p = features.shape[1]
    stacked = np.concatenate([features, np.sqrt(penalty) * np.eye(p)])  # (n + p, p)
    q, r = np.linalg.qr(stacked)
    return np.asarray(
        np.linalg.solve(r, q.T @ np.concatenate([targets, np.zeros((p, *targets.shape[1:]))]))
    )
