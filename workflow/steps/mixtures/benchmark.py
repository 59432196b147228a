"""Time and memory of an EM iteration against scikit-learn, and its growth with n, d and K."""

import tracemalloc
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.mixture import GaussianMixture as Peer
from threadpoolctl import threadpool_limits

from groundwork.core.claims import claim, measured
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import Summary, growth, interleave, ratio, summary
from groundwork.mixtures import GaussianMixture, Mixture
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Time and memory against scikit-learn"""

    points: int = knob("points", ge=100, le=10000000)
    features: int = knob("features", ge=1, le=1000)
    components: int = knob("components", ge=1, le=1000)
    iterations: int = knob("EM steps of one timed fit", ge=1, le=1000)
    repeats: int = knob("timed samples of each rival", ge=2, le=100)
    threads: int = knob("BLAS threads", ge=1, le=64)
    point_counts: list[bounded(int, ge=10, le=10000000)] = knob(
        "numbers of points, for the growth", min_length=1
    )
    feature_counts: list[bounded(int, ge=1, le=1000)] = knob(
        "numbers of features, for the growth", min_length=1
    )
    component_counts: list[bounded(int, ge=1, le=1000)] = knob(
        "numbers of components, for the growth", min_length=1
    )
    growth_points: int = knob("points while features or components vary", ge=10, le=10000000)
    growth_iterations: int = knob("EM steps of one timed fit, for the growth", ge=1, le=1000)
    growth_repeats: int = knob(
        "timed fits of each rival at each size, for the growth", ge=1, le=1000
    )
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def rivals(
    settings: Settings, n: int, d: int, k: int, iterations: int
) -> dict[str, Callable[[], object]]:
    """Both libraries from one start on one data set, for a fixed number of iterations.

    Each does `iterations` M-steps and one E-step more.
    """
    rng = stream(settings.seed, "benchmark", n, d, k)
    centres = 2 * rng.normal(size=(k, d))
    x = centres[rng.integers(k, size=n)] + rng.normal(size=(n, d))
    covariances = np.tile(np.atleast_2d(np.cov(x, rowvar=False)), (k, 1, 1))
    start = Mixture(np.full(k, 1 / k), x[:k].copy(), covariances)
    precisions = np.linalg.inv(covariances)

    def ours() -> GaussianMixture:
        return GaussianMixture(k, init=start, max_iter=iterations, tol=0).fit(x)

    def peer() -> Peer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that a fixed number did not converge
            return Peer(
                k,
                weights_init=start.weights,
                means_init=start.means,
                precisions_init=precisions,
                max_iter=iterations,
                tol=0,
                reg_covar=0,
                init_params="random_from_data",
            ).fit(x)

    return {"ours": ours, "peer": peer}


def memory(work: Callable[[], object]) -> float:
    """MB (10⁶ bytes) of arrays that `work` holds at its peak, beside its input."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def along_axes(settings: Settings) -> tuple[dict[str, np.ndarray], dict[str, Summary]]:
    """Seconds of our iteration and of the peer's along n, d and K, (2, sizes) each; our exponents."""
    n, d, k = settings.growth_points, settings.features, settings.components
    axes = {
        "points": [(size, d, k) for size in settings.point_counts],
        "features": [(n, size, k) for size in settings.feature_counts],
        "components": [(n, d, size) for size in settings.component_counts],
    }
    seconds, exponents = {}, {}
    for at, (name, shapes) in enumerate(axes.items()):
        pairs = [rivals(settings, *shape, settings.growth_iterations) for shape in shapes]
        # No warm-up: the headline's fits have done it.
        samples = [interleave(p, repeats=settings.growth_repeats, warmup=0) for p in pairs]
        medians = [[np.median(s[who]) for s in samples] for who in ("ours", "peer")]
        seconds[name] = np.array(medians) / settings.growth_iterations
        exponents[name] = growth([shape[at] for shape in shapes], [s["ours"] for s in samples])
    return seconds, exponents


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    shape = (settings.points, settings.features, settings.components)
    pair = rivals(settings, *shape, settings.iterations)
    with threadpool_limits(settings.threads):
        first, second = pair["ours"](), pair["peer"]()
        agreement = float(np.abs(first.means_ - second.means_).max())  # type: ignore[attr-defined]
        samples = interleave(pair, repeats=settings.repeats, warmup=0)
        seconds, exponents = along_axes(settings)
        held = {name: memory(work) for name, work in rivals(settings, *shape, 1).items()}
    overall = ratio(samples["ours"], samples["peer"])
    sizes = {
        "points": settings.point_counts,
        "features": settings.feature_counts,
        "components": settings.component_counts,
    }
    times = {f"{axis}_seconds": values for axis, values in seconds.items()}
    write_arrays(arrays, {**{f"{axis}_sizes": v for axis, v in sizes.items()}, **times})
    rows = [
        (axis, size, 1e3 * a, 1e3 * b, a / b)
        for axis, values in sizes.items()
        for size, a, b in zip(values, *seconds[axis].tolist(), strict=True)
    ]
    write_table(table, rows, ["varied", "size", "ours_ms", "peer_ms", "ratio"])
    milliseconds = summary(1e3 * s / settings.iterations for s in samples["ours"])
    return {
        "iteration_ratio": measured(overall),
        "ratio_low": claim(overall.spread[0], "×", n=overall.n),
        "ratio_high": claim(overall.spread[1], "×", n=overall.n),
        "iteration_time": measured(milliseconds, "ms"),
        "agreement": claim(agreement, "", n=settings.components),
        "memory_ours": claim(held["ours"], "MB"),
        "memory_peer": claim(held["peer"], "MB"),
        **{f"growth_{axis}": measured(found, "") for axis, found in exponents.items()},
    }


if __name__ == "__main__":
    step.run(main)
