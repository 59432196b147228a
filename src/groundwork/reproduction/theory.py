"""What can be said without training: exact losses, overlaps, and how an exponent is measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SECOND = 4 / 3  # E v² of a value uniform on (0, 2); its mean is 1


def variances(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of each feature x = u v: 4/3 p - p²."""
    return SECOND * probabilities - probabilities**2


def ideal_losses(probabilities: NDArray[np.float64], widths: Sequence[int]) -> NDArray[np.float64]:
    """Loss without superposition: the m most frequent features exact, of the rest their means.

    Also the optimum of the model without ReLU and decay, which is a principal component analysis:
    features are independent, so components are features, and the variances beyond the m largest
    are lost. p > 2/3 would reorder them; the variances are sorted for that.

    Source: the paper's no-superposition regime at finite n; Eckart and Young (1936).
    Checked by: tests/reproduction/test_theory.py, where a trained linear model reaches it.
    """
    ordered = np.sort(variances(probabilities))[::-1]
    tail = np.append(np.cumsum(ordered[::-1])[::-1], 0.0)
    return tail[np.asarray(widths)]


@dataclass(frozen=True)
class Fit:
    """A power law loss ∝ m^-exponent, by least squares on logarithms."""

    exponent: float
    error: float  # standard error of the slope
    r2: float


def exponent(widths: Sequence[int], losses: Sequence[float]) -> Fit:
    """The model exponent α_m: minus the slope of ln L over ln m, unweighted, as the paper fits it.

    Raises `ValueError` for fewer than three points, which leave no error to state.
    """
    if len(widths) < 3 or len(widths) != len(losses):
        raise ValueError("an exponent with an error needs three widths or more, each with a loss")
    line = stats.linregress(np.log(widths), np.log(losses))
    return Fit(-float(line.slope), float(line.stderr), float(line.rvalue) ** 2)


def welch(features: int, width: int) -> float:
    """κ²: the least mean squared overlap of n unit vectors in m dimensions, (n - m)/(m (n - 1)).

    Source: Welch (1974).
    """
    return (features - width) / (width * (features - 1))


def initial_loss(probabilities: NDArray[np.float64], width: int, bias_std: float) -> float:
    """Expected loss of the untrained model, over data and over W ~ N(0, 1/m), b ~ N(0, bias_std²).

    A feature that is off sees z = W_i · h + b_i, which given h is Gaussian with variance
    bias_std² + |h|²/m; half of its second moment passes the ReLU. A feature that is on sees besides
    x |W_i|², with m |W_i|² chi-squared of m degrees; there z given x and |W_i|² is Gaussian, and the
    ReLU's two moments are known. The others' squares enter that variance through their mean only,
    which is exact to first order and bears on one feature in n.

    Shapes: probabilities (n,).
    """
    energy = SECOND * probabilities  # E x_j²
    others = energy.sum() - energy  # (n,)
    off = (bias_std**2 + others / width) / 2
    nodes, weights = np.polynomial.legendre.leggauss(40)
    x = 1 + nodes[:, None]  # (40, 1), uniform on (0, 2)
    levels = (np.arange(400) + 0.5) / 400
    norms = stats.chi2.ppf(levels, width)[None, :] / width  # (1, 400)
    total = 0.0
    for p, rest, quiet in zip(probabilities, others, off, strict=True):
        mean, std = x * norms, np.sqrt(bias_std**2 + norms * rest / width)
        ratio = mean / std
        first = mean * stats.norm.cdf(ratio) + std * stats.norm.pdf(ratio)  # E ReLU(z)
        second = (mean**2 + std**2) * stats.norm.cdf(ratio) + mean * std * stats.norm.pdf(ratio)
        own = (weights / 2) @ (second - 2 * x * first + x**2).mean(1)
        total += float(p * own + (1 - p) * quiet)
    return total


def mean_squared_overlap(weights: NDArray[np.floating]) -> float:
    """Mean of (ŵ_i · ŵ_j)² over pairs of different rows, ŵ the rows at unit norm; 0 for one row.

    From Gram's other side: Σ_ij (ŵ_i · ŵ_j)² = |Ŵᵀ Ŵ|² (Frobenius), which is m × m.
    """
    count = len(weights)
    if count < 2:
        return 0.0
    unit = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return float((np.sum((unit.T @ unit) ** 2) - count) / (count * (count - 1)))


def t_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """Mean of values over seeds, and the limits of Student's interval for it.

    Raises `ValueError` for fewer than two values.
    """
    found = np.asarray(values, float)
    if len(found) < 2:
        raise ValueError("an interval needs two seeds or more")
    half = stats.t.ppf((1 + level) / 2, len(found) - 1) * found.std(ddof=1) / math.sqrt(len(found))
    return float(found.mean()), float(found.mean() - half), float(found.mean() + half)
