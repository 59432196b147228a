"""Volumes of balls and slabs in many dimensions. Lengths in units of the radius; no units else."""

from functools import cache
from math import exp, inf, lgamma, log, pi

import numpy as np
from numpy.typing import NDArray

NODES = 400  # of the Gauss–Legendre rule; the integrands are smooth on the interval cut for them


def ball_volume(dim: int, radius: float = 1.0) -> float:
    """Volume of the ball {|x| ≤ radius} in `dim` dimensions: π^(d/2)/Γ(d/2 + 1)·radius^d.

    By the recurrence V_d = (2π/d)·radius²·V_(d−2), V₀ = 1, V₁ = 2·radius, which loses about one
    rounding a step where the formula would lose digits in Γ. Below 1e-308 it rounds to 0 (the
    unit ball does near d = 440): `log_ball_volume` goes on.

    Raises: ValueError for a dimension that is no whole number ≥ 0, or a negative radius.
    Source: problem set, Theorem thm-ball. Checked by: tests/operators/test_volumes.py.
    """
    if dim != int(dim) or dim < 0:
        raise ValueError(f"a dimension is a whole number >= 0, not {dim}")
    if not radius >= 0:
        raise ValueError(f"a radius is not negative: {radius}")
    dim = int(dim)
    volume = 2.0 * radius if dim % 2 else 1.0
    for d in range(2 + dim % 2, dim + 1, 2):
        volume *= 2 * pi / d * (radius * radius)  # infinite beyond 1e308, where `**` raises
    return volume


def log_ball_volume(dim: int, radius: float = 1.0) -> float:
    """Natural logarithm of `ball_volume`, for dimensions where the volume itself underflows."""
    if not radius >= 0 or dim < 0:
        raise ValueError(f"a radius and a dimension are not negative: {radius}, {dim}")
    reach = dim * (log(radius) if radius else -inf) if dim else 0.0
    return dim / 2 * log(pi) - lgamma(dim / 2 + 1) + reach


def log_cube_ratio(dim: int) -> float:
    """Natural logarithm of (volume of a ball)/(volume of the cube around it).

    Source: problem set, Theorem thm-cube: at most ⌊d/2⌋·log(π/4).
    """
    return log_ball_volume(dim, 0.5)


def slab_fraction(dim: int, height: float) -> float:
    """Share of the unit ball's volume within `height` of an equator: P(|x₁| ≤ height), 0 to 1.

    The slice at x₁ = t is a ball of radius √(1 − t²), so the share outside is the integral of
    (1 − t²)^((d−1)/2) over [height, 1] over that on [0, 1]. With t = sin φ the integrand is
    cosᵈφ, and each interval is cut where it has fallen below rounding.

    Source: problem set, Theorem thm-equator. Checked by: tests/operators/test_volumes.py, against
    the incomplete beta function and points drawn from the ball.
    """
    low = float(np.arcsin(min(max(height, 0.0), 1.0)))
    outside, inside = _cosine_power(dim, low, pi / 2), _cosine_power(dim, 0.0, low)
    return inside / (inside + outside)


def equator_bound(dim: int, height: float) -> float:
    """Bound (1 − h²)^(d/2) on the share of the unit ball farther than h from an equator.

    Source: problem set, Theorem thm-equator.
    """
    return float((1 - min(height, 1.0) ** 2) ** (dim / 2))


def sample_ball(dim: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points drawn evenly from the unit ball, (count, dim): a Gaussian direction times U^(1/d)."""
    direction = rng.standard_normal((count, dim))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * rng.random((count, 1)) ** (1 / dim)


@cache
def _rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(NODES)


def _cosine_power(dim: int, low: float, high: float) -> float:
    """∫ cosᵈφ dφ over [low, high], cut where the integrand is below 1e-20 of its start."""
    if low >= high:
        return 0.0
    start = float(np.cos(low))
    reach = float(np.arccos(min(1.0, start * exp(-46 / max(dim, 1)))))
    nodes, weights = _rule()
    half = (min(high, reach) - low) / 2
    return float(half * weights @ np.cos(low + half * (nodes + 1)) ** dim)
