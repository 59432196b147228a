"""Where every start of a grid ends under four optimisers, and how sensitive the answer is."""

from collections.abc import Callable
from functools import partial

import numpy as np

from groundwork.calculus import basins
from groundwork.calculus.optimisers import Update, gradient_step, newton_step, saddle_free_step
from groundwork.calculus.surfaces import MONKEY, WELL, Surface, hessian_determinant
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Basin maps and uncertainty exponents."""

    seed: int = knob("Seed of the pairs and of the bootstrap.", ge=0)
    side: int = knob(
        "Starts on a side of each basin map; even, so that none lies on an axis.",
        ge=10,
        multiple_of=2,
    )
    steps: int = knob("Iterations after which a start counts as undecided.", ge=1)
    tolerance: float = knob("Gradient norm at which a path counts as at rest.", gt=0)
    far: float = knob("Distance from the origin beyond which a path counts as lost.", gt=0)
    rate: float = knob("Gradient descent's step length per unit of gradient.", gt=0)
    damping: float = knob("Share of Newton's step that damped Newton takes.", gt=0, le=1)
    floor: float = knob("Smallest absolute eigenvalue that saddle-free Newton divides by.", gt=0)
    radius: float = knob("Longest step of saddle-free Newton, in units of the plane.", gt=0)
    pairs: int = knob("Pairs of starts for the uncertainty exponent.", ge=100)
    epsilons: list[float] = knob("Distances within a pair, in units of the plane.", min_length=3)
    resamples: int = knob("Bootstrap resamples of the exponent's interval.", ge=20)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    kept: dict[str, np.ndarray] = {"epsilons": np.array(settings.epsilons)}
    claims: dict = {"cells": claim(settings.side**2, "starts", "exact")}
    for surface in (WELL, MONKEY):
        kept[f"{surface.name}_critical"] = np.array(list(surface.critical.values()))
        kept[f"{surface.name}_half_width"] = np.array(surface.half_width)
        kept[f"{surface.name}_determinant"] = hessian_determinant(
            surface.name, basins.grid(surface, settings.side)
        )
        for method, update in _updates(surface, settings).items():
            settle = partial(
                basins.settle,
                update,
                surface,
                steps=settings.steps,
                tolerance=settings.tolerance,
                far=settings.far,
            )
            name = f"{surface.name}_{method}"
            endings = settle(basins.grid(surface, settings.side))
            kept[f"{name}_label"], kept[f"{name}_steps"] = endings.label, endings.steps
            claims |= _shares(name, endings.label)
            differ = _pairs(settle, surface, settings)
            kept[f"{name}_differ"] = differ.mean(axis=0)
            claims |= _exponent(name, differ, settings)
    write_arrays(arrays, kept)
    unsettled = [100.0 * (kept[name] < 0).mean() for name in kept if name.endswith("_label")]
    claims["unsettled"] = claim(round(max(unsettled), 3), "%", "exact", n=len(unsettled))
    return claims


def _updates(surface: Surface, settings: Settings) -> dict[str, Update]:
    f = surface.f
    return {
        "gradient": partial(gradient_step, f, rate=settings.rate),
        "newton": partial(newton_step, f),
        "damped": partial(newton_step, f, damping=settings.damping),
        "saddle_free": partial(saddle_free_step, f, floor=settings.floor, radius=settings.radius),
    }


def _shares(name: str, label: np.ndarray) -> step.Claims:
    """Share of starts that end at the saddle, which has label 0."""
    share = round(100.0 * float((label == 0).mean()), 2)
    return {f"{name}_saddle": claim(share, "%", "exact", n=label.size)}


def _pairs(settle: Callable, surface: Surface, settings: Settings) -> np.ndarray:
    """Whether two starts ε apart end differently. Shapes: -> (pairs, scales)."""
    rng = stream(settings.seed, "pairs", surface.name)
    x = rng.uniform(-surface.half_width, surface.half_width, (settings.pairs, 2))
    angle = rng.uniform(0.0, 2.0 * np.pi, settings.pairs)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    epsilons = np.array(settings.epsilons)
    starts = np.concatenate([x[None], x + epsilons[:, None, None] * direction])  # (1 + scales, ...)
    label = settle(starts).label
    return basins.uncertain(label[1:], label[0]).T


def _exponent(name: str, differ: np.ndarray, settings: Settings) -> step.Claims:
    rng = stream(settings.seed, "bootstrap", name)
    value, spread, _ = basins.uncertainty_exponent(
        np.array(settings.epsilons), differ, rng=rng, resamples=settings.resamples
    )
    return {
        f"{name}_exponent": claim(
            round(value, 3), kind="exact", n=settings.pairs, spread=np.round(spread, 3)
        ),
    }


if __name__ == "__main__":
    step.run(main)
