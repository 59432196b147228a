"""Volumes of balls, their share of the cube, and how much of a ball lies near its equator."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaln

from groundwork.core.atomic import write_arrays
from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.operators import volumes
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    dims: int
    slab_dims: list[int]
    heights: int
    samples: int
    height: float
    seed: int


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    dims = np.arange(settings.dims + 1)
    balls = np.array([volumes.ball_volume(d) for d in dims])
    logs = np.array([volumes.log_cube_ratio(d) for d in dims])
    heights = np.linspace(0, 1, settings.heights)
    inside = np.array([[volumes.slab_fraction(d, h) for h in heights] for d in settings.slab_dims])
    bound = np.array([[volumes.equator_bound(d, h) for h in heights] for d in settings.slab_dims])
    write_arrays(arrays, {"dims": dims, "balls": balls, "log_cube": logs, "heights": heights,
                          "slab_dims": settings.slab_dims, "inside": inside, "bound": bound})  # fmt: skip
    exact = np.pi ** (dims / 2) / np.exp(gammaln(dims / 2 + 1))
    half = (np.array(settings.slab_dims)[:, None] + 1) / 2
    beta = betainc(0.5, half, np.square(heights))
    made = {
        "dims": claim(settings.dims, kind="exact"),
        "peak": claim(int(balls.argmax()), kind="exact"),
        "peak_volume": claim(balls.max(), kind="exact"),
        "recurrence_error": claim(np.abs(balls / exact - 1).max(), n=len(dims)),
        "slab_error": claim(np.abs(inside - beta).max(), n=inside.size),
        "height": claim(settings.height, kind="exact"),
        "samples": claim(settings.samples, kind="exact"),
    }
    for d in (2, 3, 10, 100):
        if d <= settings.dims:
            made[f"cube_{d}"] = claim(float(np.exp(logs[d])), kind="exact")
    for d in settings.slab_dims:
        points = volumes.sample_ball(d, settings.samples, stream(settings.seed, d))
        share = float((np.abs(points[:, 0]) <= settings.height).mean())
        made[f"slab_{d}"] = claim(100 * volumes.slab_fraction(d, settings.height), "%", "exact")
        made[f"sampled_{d}"] = claim(100 * share, "%", n=settings.samples)
        made[f"bound_{d}"] = claim(
            100 * (1 - volumes.equator_bound(d, settings.height)), "%", "exact"
        )
    return made


if __name__ == "__main__":
    step.run(main)
