"""A deliberate collapse onto one point, seen, refused, and cured by the floor."""

from itertools import islice

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.mixtures import DegenerateComponentError, Mixture, iterate
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """A deliberate collapse and its cure"""

    points: int = knob("points of the broad cluster", ge=10, le=100000)
    outlier: list[float] = knob("the lone point, in data units", min_length=2)
    start_variance: float = knob(
        "variance of the component that sits on it, squared data units", ge=1e-06, le=100
    )
    floor: float = knob("covariance floor, squared data units", ge=1e-08, le=100)
    iterations: int = knob("most EM steps", ge=3, le=10000)
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    rng = stream(settings.seed, "collapse")
    outlier = np.array(settings.outlier)
    x = np.concatenate([rng.normal(size=(settings.points, 2)), outlier[None]])
    trap = Mixture(
        np.array([0.9, 0.1]),
        np.stack([np.zeros(2), outlier]),
        np.stack([np.eye(2), settings.start_variance * np.eye(2)]),
    )
    free, message = [], ""
    try:
        for now in islice(iterate(x, trap), settings.iterations):
            free.append((now.mixture.covariances[1, 0, 0], now.log_likelihood))
    except DegenerateComponentError as problem:
        message = str(problem)
    if not message:
        raise RuntimeError("the component was meant to collapse and did not")
    held = [
        (now.mixture.covariances[1, 0, 0], now.log_likelihood)
        for now in islice(iterate(x, trap, floor=settings.floor), settings.iterations)
    ]
    # A single point's density at its own centre: ℓ grows by one nat per e-fold of σ², without end.
    widths = np.geomspace(1e-12, 1.0, 49)
    first = np.log(0.9 / (2 * np.pi)) - 0.5 * (x**2).sum(axis=1)
    own = np.log(0.1 / (2 * np.pi * widths))
    ceiling = [np.logaddexp(first[-1], o) + first[:-1].sum() for o in own]
    write_arrays(
        arrays, {"free": free, "held": held, "widths": widths, "likelihood": ceiling, "x": x}
    )
    return {
        "message": claim(message, "", "exact"),
        "iterations_to_collapse": claim(len(free), "", "exact"),
        "variance_when_refused": claim(float(free[-1][0]), "", "measured"),
        "held_variance": claim(float(f"{held[-1][0]:.6g}"), "", "exact"),
        "held_likelihood": claim(float(f"{held[-1][1]:.6g}"), "nats", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
