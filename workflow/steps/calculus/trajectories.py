"""Paths of the four optimisers on three surfaces, each with a saddle at the origin."""

from math import cos, sin

import numpy as np

from groundwork.calculus.optimisers import (
    Function,
    gradient_descent,
    newton,
    saddle_free_newton,
)
from groundwork.calculus.surfaces import MONKEY, QUADRATIC, SURFACES, WELL, monkey, quadratic
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Paths of the four optimisers on three surfaces."""

    rate: float = knob("Gradient descent's step length per unit of gradient.", gt=0)
    damping: float = knob("Share of Newton's step that damped Newton takes.", gt=0, le=1)
    floor: float = knob("Smallest absolute eigenvalue that saddle-free Newton divides by.", gt=0)
    radius: float = knob("Longest step of saddle-free Newton, in units of the plane.", gt=0)
    steps: int = knob("Iterations of each path.", ge=1)
    start_well: list[float] = knob(
        "Common start (x, y) on x² − y² and on x² − y² + y⁴/4.", min_length=2, max_length=2
    )
    start_monkey: list[float] = knob(
        "Common start (x, y) on the confined monkey saddle.", min_length=2, max_length=2
    )
    manifold_angle: float = knob("Radians by which x² − y² is turned for the stable-manifold run.")
    contour_side: int = knob("Grid points on a side of the surfaces' pictures.", ge=10, le=400)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    starts = {"quadratic": settings.start_well, "well": settings.start_well}
    starts["monkey"] = settings.start_monkey
    kept: dict[str, np.ndarray] = {}
    for name, surface in SURFACES.items():
        for method, path in _paths(surface.f, np.array(starts[name]), settings).items():
            kept[f"{name}_{method}"] = path  # (steps + 1, 2)
        kept[f"{name}_axis"], kept[f"{name}_height"] = _heights(
            surface.f, surface.half_width, settings.contour_side
        )
        kept[f"{name}_critical"] = np.array(list(surface.critical.values()))
    kept["pure_monkey_axis"], kept["pure_monkey_height"] = _heights(
        monkey, MONKEY.half_width, settings.contour_side
    )
    write_arrays(arrays, kept)
    return {**_ends(kept), **_stable_manifold(settings)}


def _paths(f: Function, start: np.ndarray, settings: Settings) -> dict[str, np.ndarray]:
    steps = settings.steps
    return {
        "gradient": gradient_descent(f, start, steps=steps, rate=settings.rate),
        "newton": newton(f, start, steps=steps),
        "damped": newton(f, start, steps=steps, damping=settings.damping),
        "saddle_free": saddle_free_newton(
            f, start, steps=steps, floor=settings.floor, radius=settings.radius
        ),
    }


def _heights(f: Function, half_width: float, side: int) -> tuple[np.ndarray, np.ndarray]:
    axis = np.linspace(-half_width, half_width, side)
    x, y = np.meshgrid(axis, axis)
    return axis, f(np.stack([x, y], axis=-1))


def _ends(kept: dict[str, np.ndarray]) -> step.Claims:
    """How far from the saddle each path ends, and how fast it came or went."""
    claims = {}
    for name in (WELL.name, MONKEY.name):
        for method in ("gradient", "newton", "damped", "saddle_free"):
            distance = np.linalg.norm(kept[f"{name}_{method}"], axis=-1)
            claims[f"{name}_{method}_end"] = claim(round(float(distance[-1]), 6), kind="exact")
    jump = np.linalg.norm(kept[f"{QUADRATIC.name}_newton"][1])
    claims["quadratic_newton_after_one_step"] = claim(float(jump), kind="exact")
    near = np.linalg.norm(kept["well_newton"], axis=-1)
    claims["well_newton_steps"] = claim(int(np.argmax(near < 1e-12)), kind="exact")
    return claims


def _stable_manifold(settings: Settings) -> step.Claims:
    """Gradient descent started on the stable manifold of x² − y²: it fails, until rounding helps.

    On the axis y = 0 the gradient's y-part is exactly 0. After a rotation of the surface it is 0
    only up to rounding, and the rounding error grows by 1 + 2·rate at each step.
    """
    steps = 4000
    exact = gradient_descent(quadratic, [1.0, 0.0], steps=steps, rate=settings.rate)
    c, s = cos(settings.manifold_angle), sin(settings.manifold_angle)
    turn = np.array([[c, s], [-s, c]])

    def turned(x: object) -> object:
        return quadratic(x @ turn.T)

    start = np.array([c, s])
    path = gradient_descent(turned, start, steps=steps, rate=settings.rate)
    off = np.abs(path @ turn.T[:, 1])  # distance from the stable manifold
    escaped = int(np.argmax(off > 1.0))
    return {
        "manifold_exact_end": claim(float(np.linalg.norm(exact[-1])), kind="exact"),
        "manifold_exact_off": claim(float(np.abs(exact[:, 1]).max()), kind="exact"),
        "manifold_steps": claim(steps, "steps", "exact"),
        "manifold_turned_escape": claim(escaped, "steps", "measured"),
        "manifold_turned_closest": claim(
            float(np.linalg.norm(path, axis=-1).min()), kind="measured"
        ),
        "saddle_free_on_manifold": claim(
            float(
                np.linalg.norm(
                    saddle_free_newton(quadratic, [1.0, 0.0], steps=50, floor=settings.floor)[-1]
                )
            ),
            kind="exact",
        ),
    }


if __name__ == "__main__":
    step.run(main)
