"""Kernel ridge against scikit-learn: time of fit and prediction, growth with n and d."""

from copy import copy

import numpy as np
from sklearn.kernel_ridge import KernelRidge as Peer
from sklearn.metrics.pairwise import rbf_kernel as peer_kernel
from threadpoolctl import threadpool_limits

from groundwork.core.claims import Claim, claim, measured
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import growth, interleave, ratio
from groundwork.kernel_ridge import KernelRidge, rbf_kernel
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

SCALE, PENALTY = 2.0, 0.1
Samples = dict[str, list[float]]  # seconds of each rival


class Settings(step.Settings):
    """Time against scikit-learn"""

    points: int = knob("training points", ge=10, le=20000)
    features: int = knob("features", ge=1, le=1000)
    repeats: int = knob("timed samples of each rival", ge=2, le=100)
    threads: int = knob("BLAS threads", ge=1, le=64)
    sizes: list[bounded(int, ge=10, le=20000)] = knob(
        "training points of the smaller comparisons", min_length=1
    )
    widths: list[bounded(int, ge=1, le=5000)] = knob("numbers of features", min_length=1)
    width_points: int = knob("points of the timed kernel matrix", ge=10, le=20000)
    timed_queries: int = knob("query points of the timed prediction", ge=1, le=1000000)
    seed: int = knob("seed of every random stream of the step", ge=0)


def problem(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "benchmark", n, d)
    x = rng.normal(size=(n, d))
    return x, np.sin(x.sum(axis=1)) + 0.1 * rng.normal(size=n)


def ours() -> KernelRidge:
    return KernelRidge(length_scale=SCALE, penalty=PENALTY)


def peer() -> Peer:
    return Peer(kernel="rbf", gamma=1 / (2 * SCALE**2), alpha=PENALTY)


def time_fit(settings: Settings, n: int) -> tuple[Samples, KernelRidge, Peer]:
    """Fit times, and what was fitted."""
    x, y = problem(settings.seed, n, settings.features)
    first, second = ours(), peer()
    rivals = {"ours": lambda: first.fit(x, y), "peer": lambda: second.fit(x, y)}
    warmup = 1 if n == min(settings.sizes) else 0  # it comes first, and warms up for the others
    return interleave(rivals, repeats=settings.repeats, warmup=warmup), first, second


def time_kernel(seed: int, n: int, d: int, repeats: int) -> Samples:
    x, _ = problem(seed, n, d)
    gamma = 1 / (2 * SCALE**2)
    rivals = {"ours": lambda: rbf_kernel(x, x, SCALE), "peer": lambda: peer_kernel(x, x, gamma)}
    return interleave(rivals, repeats=repeats)


def time_predict(
    settings: Settings, first: KernelRidge, second: Peer
) -> tuple[Samples, float, list[float]]:
    """Prediction times, the largest disagreement, and seconds of all leave-one-out residuals."""
    queries = problem(settings.seed, settings.timed_queries, settings.features)[0] + 0.1
    gap = float(np.abs(first.predict(queries) - second.predict(queries)).max())
    rivals = {"ours": lambda: first.predict(queries), "peer": lambda: second.predict(queries)}
    anew = [copy(first) for _ in range(settings.repeats)]  # a model keeps what it has computed
    rival = {"loo": lambda: anew.pop().loo_residuals()}
    left_out = interleave(rival, repeats=settings.repeats, warmup=0)["loo"]
    return interleave(rivals, repeats=settings.repeats, warmup=0), gap, left_out


def exponent(groups: dict[int, Samples], who: str) -> Claim:
    """How time grows between the two largest sizes."""
    return measured(growth(list(groups)[-2:], [g[who] for g in groups.values()][-2:]), "")


def medians(groups: dict[int, Samples]) -> dict[str, list[float]]:
    return {who: [float(np.median(g[who])) for g in groups.values()] for who in ("ours", "peer")}


def against_peer(name: str, samples: Samples) -> dict[str, Claim]:
    """The median of paired ratios and its quartiles."""
    overall = ratio(samples["ours"], samples["peer"])
    low, high = overall.spread
    return {
        f"{name}_ratio": measured(overall),
        f"{name}_ratio_low": claim(low, "×", n=overall.n),
        f"{name}_ratio_high": claim(high, "×", n=overall.n),
    }


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    seed, repeats = settings.seed, settings.repeats
    sizes = [*sorted(settings.sizes), settings.points]
    with threadpool_limits(settings.threads):
        timed = {n: time_fit(settings, n) for n in sizes}
        kernels = {d: time_kernel(seed, settings.width_points, d, repeats) for d in settings.widths}
        predictions, gap, left_out = time_predict(settings, *timed[settings.points][1:])
    fits = {n: samples for n, (samples, *_) in timed.items()}
    fit, kernel = medians(fits), medians(kernels)
    series = {"sizes": sizes, **fit, "widths": settings.widths}
    write_arrays(arrays, {**series, **{f"{who}_wide": kernel[who] for who in kernel}})
    rows = []
    for n, samples in fits.items():
        r = ratio(samples["ours"], samples["peer"])
        middle = [float(np.median(samples[name])) for name in ("ours", "peer")]
        rows.append((n, *middle, r.value, *r.spread))
    write_table(table, rows, ["points", "ours", "peer", "ratio", "low", "high"])
    return {
        **against_peer("fit", fits[settings.points]),
        "fit_seconds": claim(fit["ours"][-1], "s", n=repeats),
        **against_peer("predict", predictions),
        "agreement": claim(gap, "", n=settings.timed_queries),
        "growth_points": exponent(fits, "ours"),
        "growth_points_peer": exponent(fits, "peer"),
        "growth_features": exponent(kernels, "ours"),
        "leave_one_out_over_fit": measured(ratio(left_out, fits[settings.points]["ours"])),
    }


if __name__ == "__main__":
    step.run(main)
