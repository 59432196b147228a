"""Synthetic surfaces with a saddle at the origin, and what is known of each in closed form.

Each function takes points (..., 2), as an array or a Tensor, and returns heights (...).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Surface:
    """A function of two variables with its critical points.

    `half_width`: the square |x|, |y| <= half_width is the window that the pictures show.
    `critical` maps a point's name to its coordinates; `kinds` to "minimum" or "saddle".
    """

    name: str
    formula: str
    f: Callable[[Any], Any]
    half_width: float
    critical: dict[str, tuple[float, float]]
    kinds: dict[str, str]


def _squares(x: Any) -> tuple[Any, Any]:
    a, b = x[..., 0], x[..., 1]
    return a * a, b * b


def quadratic(x: Any) -> Any:
    """x² − y²: the pure saddle, Hessian diag(2, −2) everywhere."""
    a2, b2 = _squares(x)
    return a2 - b2


def well(x: Any) -> Any:
    """x² − y² + y⁴/4: the same saddle, confined; Hessian diag(2, 3y² − 2), singular on two lines.

    Powers are written as products, which NumPy computes ten times faster than `** 4`.
    """
    a2, b2 = _squares(x)
    return a2 - b2 + b2 * b2 * 0.25


def monkey(x: Any) -> Any:
    """x³ − 3xy²: the pure monkey saddle, det H = −36(x² + y²), singular at the origin alone."""
    a2, b2 = _squares(x)
    return x[..., 0] * (a2 - 3.0 * b2)


def confined_monkey(x: Any) -> Any:
    """x³ − 3xy² + ¾(x² + y²)²: the monkey saddle with three minima on the unit circle around it."""
    a2, b2 = _squares(x)
    r2 = a2 + b2
    return x[..., 0] * (a2 - 3.0 * b2) + 0.75 * r2 * r2


def hessian_determinant(name: str, x: np.ndarray) -> np.ndarray:
    """det H of `well` or `confined_monkey`, by hand: its zero set is where Newton's step blows up.

    Shapes: x (..., 2) -> (...). Checked by: SymPy, tests/calculus/test_optimisers.py.
    """
    a, b = x[..., 0], x[..., 1]
    if name == "well":
        return 2.0 * (3.0 * b**2 - 2.0)
    if name == "monkey":
        r2 = a**2 + b**2
        return 27.0 * r2**2 - 36.0 * r2 - 36.0 * (a**3 - 3.0 * a * b**2)
    raise ValueError(f"no closed form is kept for the surface {name!r}")


QUADRATIC = Surface(
    "quadratic", "x² − y²", quadratic, 2.0, {"saddle": (0.0, 0.0)}, {"saddle": "saddle"}
)
WELL = Surface(
    "well",
    "x² − y² + y⁴/4",
    well,
    2.0,
    {"saddle": (0.0, 0.0), "upper": (0.0, sqrt(2.0)), "lower": (0.0, -sqrt(2.0))},
    {"saddle": "saddle", "upper": "minimum", "lower": "minimum"},
)
MONKEY = Surface(
    "monkey",
    "x³ − 3xy² + ¾(x² + y²)²",
    confined_monkey,
    1.5,
    {
        "saddle": (0.0, 0.0),
        "west": (-1.0, 0.0),
        "north": (0.5, sqrt(0.75)),
        "south": (0.5, -sqrt(0.75)),
    },
    {"saddle": "saddle", "west": "minimum", "north": "minimum", "south": "minimum"},
)
SURFACES = {surface.name: surface for surface in (QUADRATIC, WELL, MONKEY)}
