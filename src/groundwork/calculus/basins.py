"""Basins of attraction: where each starting point ends, and how finely the answers are mixed."""

from dataclasses import dataclass

import numpy as np

from groundwork.calculus.optimisers import Update, gradient
from groundwork.calculus.surfaces import Surface
from groundwork.core.arrays import real

UNDECIDED, LOST = -1, -2  # still moving when the steps were used up; step undefined, or far away


@dataclass(frozen=True)
class Endings:
    """Where points ended: label (index into the surface's critical points, or UNDECIDED, LOST),
    the steps taken until then, and the last position."""

    label: np.ndarray
    steps: np.ndarray
    end: np.ndarray


def grid(surface: Surface, side: int) -> np.ndarray:
    """Centres of side × side equal cells of the surface's window.

    Shapes: -> (side, side, 2), rows by y, columns by x. An even side keeps the axes off the grid,
    so that no point starts exactly on a stable manifold.
    """
    edge = surface.half_width * ((np.arange(side) + 0.5) / side * 2.0 - 1.0)
    x, y = np.meshgrid(edge, edge)
    return np.stack([x, y], axis=-1)


def settle(
    update: Update,
    surface: Surface,
    x: np.ndarray,
    *,
    steps: int,
    tolerance: float,
    far: float,
) -> Endings:
    """Iterate every point until |∇f| <= tolerance, it is lost, or `steps` are used up.

    A point that has come to rest gets the label of the nearest critical point. Lost: not finite,
    or farther than `far` from the origin. Shapes: x (..., 2) -> label, steps (...), end (..., 2).

    Checked by: `scipy.optimize.newton` on the separable surface, tests/calculus/test_optimisers.py.
    """
    points = real(x, "x").reshape(-1, 2).copy()
    label = np.full(len(points), UNDECIDED)
    taken = np.full(len(points), steps)
    active = np.arange(len(points))
    for step in range(steps + 1):
        here = points[active]
        with np.errstate(all="ignore"):
            lost = ~(np.linalg.norm(here, axis=-1) <= far)  # a NaN is lost too
            rest = np.linalg.norm(gradient(surface.f, here), axis=-1) <= tolerance
        label[active[lost]] = LOST
        label[active[rest & ~lost]] = _nearest(surface, here[rest & ~lost])
        taken[active[lost | rest]] = step
        active = active[~(lost | rest)]
        if step == steps or not len(active):
            break
        with np.errstate(all="ignore"):
            points[active] = update(points[active])
    shape = np.shape(x)[:-1]
    return Endings(label.reshape(shape), taken.reshape(shape), points.reshape(*shape, 2))


def _nearest(surface: Surface, points: np.ndarray) -> np.ndarray:
    sites = np.array(list(surface.critical.values()))  # (sites, 2)
    return np.argmin(np.linalg.norm(points[:, None] - sites, axis=-1), axis=-1)


def uncertain(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether two labels differ: the pair of starts does not agree on where it ends."""
    return np.asarray(a) != np.asarray(b)


def uncertainty_exponent(
    epsilons: np.ndarray, differ: np.ndarray, *, rng: np.random.Generator, resamples: int = 200
) -> tuple[float, tuple[float, float], int]:
    """α in P(two starts ε apart end differently) ~ ε^α: value, 95 % interval, scales used.

    The interval is a bootstrap over pairs.

    α = 1 for a smooth boundary; a boundary of dimension d in the plane has α = 2 − d, so α < 1
    means a fractal one: ten times better knowledge of the start buys less than ten times fewer
    wrong predictions. Only the scales at which at least five pairs differ enter the fit.

    Shapes: epsilons (scales,), differ (pairs, scales) of booleans.
    Raises: ValueError where fewer than two scales can be used.
    Source: McDonald, Grebogi, Ott, Yorke, Fractal basin boundaries (1985), section 3.
    Checked by: a straight boundary (1) and a Cantor set's (1 − log 2/log 3),
    tests/calculus/test_optimisers.py.
    """
    used = differ.sum(axis=0) >= 5
    if used.sum() < 2:
        raise ValueError(f"only {used.sum()} scales have five pairs that differ")
    log_epsilon = np.log(np.asarray(epsilons)[used])
    chosen = differ[:, used]

    def slope(sample: np.ndarray) -> float:
        rate = np.maximum(sample.mean(axis=0), 1.0 / len(sample))
        return float(np.polyfit(log_epsilon, np.log(rate), 1)[0])

    draws = [slope(chosen[rng.integers(0, len(chosen), len(chosen))]) for _ in range(resamples)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return slope(chosen), (float(low), float(high)), int(used.sum())
