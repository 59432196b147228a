"""The kernel ridge regressor.

Axis letters: n training points, q query points, d features, m outputs.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.core.arrays import real
from groundwork.core.estimator import Estimator
from groundwork.kernel_ridge.kernels import linear_kernel, rbf_kernel
from groundwork.kernel_ridge.triangular import (
    NotPositiveDefiniteError,
    cholesky_in_place,
    inverse_diagonal,
    solve_factored,
)

Array = NDArray[np.float64]
Kernel = Callable[[Array, Array], Array]

BLOCK_BYTES = 32 * 2**20  # the largest piece of a kernel matrix held while predicting
_ROWS = 256  # rows of the Gram matrix computed at a time


class KernelRidge(Estimator):
    """Regression by α = (K + λI)⁻¹y, f(x) = Σ αᵢ k(xᵢ, x): ridge regression in feature space.

    Minimises ½Σ(f(xᵢ) − yᵢ)² + ½λ|f|². `kernel` is "rbf", "linear" or a function of two point sets
    (n, d), (m, d) that returns (n, m); `length_scale` is σ of the Gaussian kernel, in the units
    of the data; `penalty` is λ ≥ 0, in units of the kernel. The sum of squares is not divided by
    n: for a mean of squares pass n times that penalty. There is no intercept; centre the targets
    where they need one. Works in scikit-learn's pipelines, searches and cross-validation, and
    needs none of it. The parameters are judged by `fit`.

    After `fit`: `dual_coef_` (n,) or (n, m), `x_` (n, d), `n_features_in_` = d.

    Source: Bishop, Pattern Recognition and Machine Learning, eqs. 6.2 to 6.9.
    Differs: scikit-learn's KernelRidge takes gamma = 1/(2σ²), holds the whole kernel matrix while
    it predicts, and warns instead of raising where K + λI is singular.
    Checked by: tests/kernel_ridge/test_regressor.py, against scikit-learn, a Gaussian process's
    posterior mean, the primal solution, and refits with one point left out.
    """

    _kind, _fitted = "regressor", "dual_coef_"

    def __init__(
        self,
        kernel: str | Kernel = "rbf",
        length_scale: float = 1.0,
        penalty: float = 1e-3,
    ) -> None:
        self.kernel, self.length_scale, self.penalty = kernel, length_scale, penalty

    def fit(self, x: ArrayLike, y: ArrayLike) -> "KernelRidge":
        """Solve (K + λI)α = y by a Cholesky factorisation in the Gram matrix's own memory.

        Shapes: x (n, d) or (n,) for one feature; y (n,) or (n, m).
        Raises: `ValueError` for parameters that mean nothing and for empty, unequal or non-finite
        data, `NotPositiveDefiniteError` where K + λI is singular to working precision (say:
        penalty 0 and a repeated point).
        """
        self._judge()
        points = self._training(x)
        if y is None:
            raise ValueError("KernelRidge requires y to be passed, but the target y is None")
        targets = real(y, "y")
        if targets.ndim not in (1, 2) or len(targets) != len(points):
            raise ValueError(
                f"x has shape {points.shape} and y {targets.shape}: need equal lengths"
            )
        if not np.isfinite(targets).all():
            raise ValueError("y holds a value that is not finite")
        factor = self._gram(points)
        factor[np.diag_indices_from(factor)] += self.penalty
        try:
            cholesky_in_place(factor)
        except NotPositiveDefiniteError as problem:
            problem.args = (self._advice(problem, points),)
            raise
        with np.errstate(over="ignore", invalid="ignore"):
            coefficients = solve_factored(factor, targets)
        if not np.isfinite(coefficients).all():
            raise ValueError("the solution overflows: scale y down, or raise penalty")
        self.x_, self._factor, self.dual_coef_ = points, factor, coefficients
        self.n_features_in_ = points.shape[1]
        self._inverse_diagonal: Array | None = None  # n³/3 multiplications: when first asked for
        return self

    def predict(self, x: ArrayLike) -> Array:
        """f at each query point, in blocks of rows: memory stays bounded however many there are.

        Shapes: (q, d) or (q,) -> (q,) or (q, m).
        """
        queries = self._queries(x)
        values = np.empty((len(queries), *self.dual_coef_.shape[1:]))
        rows = max(1, BLOCK_BYTES // (8 * len(self.x_)))
        for start in range(0, len(queries), rows):
            block = self._evaluate(queries[start : start + rows], self.x_)  # (rows, n)
            values[start : start + rows] = block @ self.dual_coef_
        return values

    def score(self, x: ArrayLike, y: ArrayLike) -> float:
        """R² = 1 − Σ(y − f)²/Σ(y − ȳ)² of predictions at x; of several outputs, their mean.

        Constant targets, whose R² has no denominator, score 1 if met and 0 if not.
        Differs: scikit-learn's `RegressorMixin.score`, which this equals, takes weights too; it
        takes the rounding of the mean of equal targets far from 0 for spread.
        Checked by: tests/kernel_ridge/test_regressor.py, against scikit-learn's `r2_score`.
        """
        predicted, targets = self.predict(x), real(y, "y")
        if targets.shape != predicted.shape:
            raise ValueError(f"y has shape {targets.shape}, the predictions {predicted.shape}")
        missed = np.atleast_1d(((targets - predicted) ** 2).sum(axis=0))  # (m,)
        targets = targets - targets[:1]  # equal ones are then 0, and so is their mean: no rounding
        spread = np.atleast_1d(((targets - targets.mean(axis=0)) ** 2).sum(axis=0))
        safe = np.where(spread > 0, spread, 1.0)
        return float(np.where(spread > 0, 1 - missed / safe, missed == 0).mean())

    def loo_residuals(self) -> Array:
        """yᵢ − f₋ᵢ(xᵢ), each point predicted by the fit to all the others, without refitting.

        Equal to αᵢ / ((K + λI)⁻¹)ᵢᵢ. Shapes: -> that of y.
        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, eq. 5.12.
        Checked by: tests/kernel_ridge/test_regressor.py, against n refits.
        """
        diagonal = self._diagonal_of_inverse()
        return self.dual_coef_ / diagonal.reshape(-1, *[1] * (self.dual_coef_.ndim - 1))

    def effective_dof(self) -> float:
        """tr(K(K + λI)⁻¹) = n − λ·tr((K + λI)⁻¹): how many of the targets the fit can follow.

        Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, eq. 3.50.
        Checked by: tests/kernel_ridge/test_regressor.py, against Σ eᵢ/(eᵢ + λ), e eigenvalues.
        """
        diagonal = self._diagonal_of_inverse()
        return float(len(diagonal) - self.penalty * diagonal.sum())

    def _judge(self) -> None:
        kernel, length_scale, penalty = self.kernel, self.length_scale, self.penalty
        if not callable(kernel) and kernel not in ("rbf", "linear"):
            raise ValueError(f"kernel must be 'rbf', 'linear' or a function, not {kernel!r}")
        if not (np.isfinite(length_scale) and length_scale > 0):
            raise ValueError(f"length_scale must be positive and finite, not {length_scale}")
        if not (np.isfinite(penalty) and penalty >= 0):
            raise ValueError(f"penalty must be finite and at least 0, not {penalty}")

    def _diagonal_of_inverse(self) -> Array:
        self._require_fit()
        if self._inverse_diagonal is None:
            self._inverse_diagonal = inverse_diagonal(self._factor)
        return self._inverse_diagonal

    def _evaluate(self, a: Array, b: Array) -> Array:
        if self.kernel == "rbf":
            return rbf_kernel(a, b, self.length_scale)
        with np.errstate(over="ignore", invalid="ignore"):
            values = linear_kernel(a, b) if self.kernel == "linear" else self.kernel(a, b)  # type: ignore[operator]
        block = real(values, "the kernel")
        if block.shape != (len(a), len(b)):
            raise ValueError(f"the kernel has shape {block.shape}, not {(len(a), len(b))}")
        if not np.isfinite(block).all():
            raise ValueError("the kernel is not finite at these points: scale x down")
        return block

    def _gram(self, x: Array) -> Array:
        """K on and below the diagonal blocks; by symmetry nothing reads the rest."""
        n = len(x)
        gram = np.empty((n, n))
        for start in range(0, n, _ROWS):
            stop = min(start + _ROWS, n)
            gram[start:stop, :stop] = self._evaluate(x[start:stop], x[:stop])
        return gram

    def _advice(self, problem: NotPositiveDefiniteError, x: Array) -> str:
        repeated = len(x) - len(np.unique(x, axis=0))
        cause = f"; {repeated} of the {len(x)} points repeat another" if repeated else ""
        return (
            f"K + penalty·I is singular to working precision at point {problem.pivot} (pivot "
            f"{problem.value:.3g}{cause}): raise penalty (now {self.penalty:g}), or shorten "
            f"length_scale (now {self.length_scale:g}) so that the points differ more"
        )
