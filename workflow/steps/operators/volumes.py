"""Volumes of balls, their share of the cube, and how much of a ball lies near its equator."""

import numpy as np
from scipy.special import betainc, gammaln

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import volumes
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Volumes of balls and slabs."""

    dims: int = knob("Highest dimension of the volume table.", ge=5, le=400)
    slab_dims: list[bounded(int, ge=1)] = knob(
        "Dimensions in which slabs of the ball are measured; the documents quote 3 and 1000.",
        min_length=1,
        holds=[3, 1000],
    )
    heights: int = knob("Slab half-widths computed, evenly from 0 to 1.", ge=1)
    samples: int = knob("Points drawn in the ball per dimension.", ge=1)
    height: float = knob(
        "Half-width of the slab at which sampled points are counted, in radii.", ge=0, le=1
    )
    seed: int = knob("Seed of every random stream of the step.", ge=0)


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
        "peak": claim(int(balls.argmax()), kind="exact"),
        "peak_volume": claim(balls.max(), kind="exact"),
        "recurrence_error": claim(np.abs(balls / exact - 1).max(), n=len(dims)),
        "slab_error": claim(np.abs(inside - beta).max(), n=inside.size),
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
