"""Bias and variance of an estimator, from its predictions over many data sets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import real

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """Bias² and variance, in squared target units: pointwise over the grid, and their means."""

    bias_squared: Array
    variance: Array

    @property
    def mean_bias_squared(self) -> float:
        """Bias² averaged over the grid."""
        return float(self.bias_squared.mean())

    @property
    def mean_variance(self) -> float:
        """Variance averaged over the grid."""
        return float(self.variance.mean())


def decompose(predictions: Array, truth: Array) -> Decomposition:
    """Unbiased estimates of bias² and variance at each grid point, from R independent data sets.

    The squared error of the *average* prediction contains variance/R besides the bias², so that
    share is taken off; the estimate of bias² may therefore be slightly negative where bias
    vanishes. Averaged over data sets, error against the truth = bias² + variance.

    Shapes: predictions (R, g), truth (g,). R ≥ 2.
    Source: Bishop, eqs. 3.44 to 3.47. Differs: Bishop leaves variance/R inside bias².
    Checked by: tests/kernel_ridge/test_decomposition.py, on an estimator with known bias/variance.
    """
    predictions, truth = real(predictions, "predictions"), real(truth, "truth")
    if truth.shape != predictions.shape[1:]:
        raise ValueError(f"predictions {predictions.shape} need a truth {predictions.shape[1:]}, "
                         f"not {truth.shape}")  # fmt: skip
    repeats = len(predictions)
    if repeats < 2:
        raise ValueError("a variance needs predictions from at least two data sets")
    variance = predictions.var(axis=0, ddof=1)  # (g,)
    bias_squared = (predictions.mean(axis=0) - truth) ** 2 - variance / repeats
    return Decomposition(bias_squared, variance)
