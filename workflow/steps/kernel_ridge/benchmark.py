"""Kernel ridge against scikit-learn: time of fit and prediction, growth with n and d, memory."""

import multiprocessing
import resource
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from sklearn.kernel_ridge import KernelRidge as Peer
from sklearn.metrics.pairwise import rbf_kernel as peer_kernel
from threadpoolctl import threadpool_limits

from groundwork.core.atomic import write_arrays
from groundwork.core.claims import Claim, claim
from groundwork.core.seeds import stream
from groundwork.core.timing import interleave, ratio
from groundwork.kernel_ridge import KernelRidge, rbf_kernel
from groundwork.pipeline import step

SCALE, PENALTY = 2.0, 0.1


@dataclass(frozen=True)
class Settings:
    points: int
    features: int
    repeats: int
    threads: int
    sizes: list[int]
    widths: list[int]
    width_points: int
    timed_queries: int
    queries: int
    peer_queries: int
    seed: int


def problem(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "benchmark", n, d)
    x = rng.normal(size=(n, d))
    return x, np.sin(x.sum(axis=1)) + 0.1 * rng.normal(size=n)


def ours() -> KernelRidge:
    return KernelRidge(length_scale=SCALE, penalty=PENALTY)


def peer() -> Peer:
    return Peer(kernel="rbf", gamma=1 / (2 * SCALE**2), alpha=PENALTY)


def time_fit(seed: int, n: int, d: int, repeats: int) -> dict[str, list[float]]:
    x, y = problem(seed, n, d)
    rivals = {"ours": lambda: ours().fit(x, y), "peer": lambda: peer().fit(x, y)}
    return interleave(rivals, repeats=repeats)


def time_kernel(seed: int, n: int, d: int, repeats: int) -> dict[str, list[float]]:
    x, _ = problem(seed, n, d)
    gamma = 1 / (2 * SCALE**2)
    rivals = {"ours": lambda: rbf_kernel(x, x, SCALE), "peer": lambda: peer_kernel(x, x, gamma)}
    return interleave(rivals, repeats=repeats)


def time_predict(settings: Settings) -> tuple[dict[str, list[float]], float, list[float]]:
    """Prediction times, the largest disagreement, and seconds of all leave-one-out residuals."""
    x, y = problem(settings.seed, settings.points, settings.features)
    queries = problem(settings.seed, settings.timed_queries, settings.features)[0] + 0.1
    first, second = ours().fit(x, y), peer().fit(x, y)
    gap = float(np.abs(first.predict(queries) - second.predict(queries)).max())
    rivals = {"ours": lambda: first.predict(queries), "peer": lambda: second.predict(queries)}
    left_out = interleave({"loo": first.loo_residuals}, repeats=1, warmup=0)["loo"]
    return interleave(rivals, repeats=settings.repeats), gap, left_out


def growth(sizes: list[int], seconds: list[float]) -> float:
    """The exponent p of time ∝ sizeᵖ, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def peak_memory(settings: Settings, queries: dict[str, int]) -> dict[str, np.ndarray]:
    """MB (10⁶ bytes) at the peaks of fresh processes, one a rival: at start, after fit and predict.

    They run side by side: memory, unlike time, does not mind company.
    """
    context = multiprocessing.get_context("spawn")
    running = {}
    for which, count in queries.items():
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(sender, which, settings, count))
        process.start()
        sender.close()
        running[which] = process, receiver
    peaks = {}
    for which, (process, receiver) in running.items():
        peaks[which] = np.array(receiver.recv())
        process.join()
    return peaks


def _work(sender: Connection, which: str, settings: Settings, queries: int) -> None:
    peaks = [_peak()]
    x, y = problem(settings.seed, settings.points, settings.features)
    model = (ours() if which == "ours" else peer()).fit(x, y)
    peaks.append(_peak())
    model.predict(problem(settings.seed, queries, settings.features)[0])
    sender.send([*peaks, _peak()])


def _peak() -> float:
    """MB this process has held at most. On Linux `getrusage` would count the parent's as well."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS: bytes


Samples = dict[str, list[float]]  # seconds of each rival


def medians(groups: dict[int, Samples]) -> dict[str, list[float]]:
    return {who: [float(np.median(g[who])) for g in groups.values()] for who in ("ours", "peer")}


def against_peer(name: str, samples: Samples) -> dict[str, Claim]:
    """The median of paired ratios and its quartiles."""
    overall = ratio(samples["ours"], samples["peer"])
    low, high = overall.spread
    return {
        f"{name}_ratio": claim(overall.value, "×", n=overall.n, spread=overall.spread),
        f"{name}_ratio_low": claim(low, "×", n=overall.n),
        f"{name}_ratio_high": claim(high, "×", n=overall.n),
    }


def write_table(path: Path, fits: dict[int, Samples]) -> None:
    lines = ["points,ours,peer,ratio,low,high"]
    for n, samples in fits.items():
        r = ratio(samples["ours"], samples["peer"])
        middle = [float(np.median(samples[name])) for name in ("ours", "peer")]
        lines.append(",".join(map(repr, [n, *middle, r.value, *r.spread])))
    path.write_text("\n".join(lines) + "\n")


def memory_claims(settings: Settings) -> dict[str, Claim]:
    peaks = peak_memory(settings, {"ours": settings.queries, "peer": settings.peer_queries})
    _, fit, added = peaks["ours"] - peaks["ours"][0]
    _, peer_fit, peer_added = peaks["peer"] - peaks["peer"][0]
    whole = 8 * settings.queries * settings.points // 10**6
    return {
        "queries": claim(settings.queries, "", "exact"),
        "memory": claim(float(peaks["ours"].max()), "MB"),
        "memory_added": claim(float(added), "MB"),
        "fit_memory": claim(float(fit), "MB"),
        "peer_fit_memory": claim(float(peer_fit), "MB"),
        "gram": claim(8 * settings.points**2 / 1e6, "MB", "exact"),
        "peer_queries": claim(settings.peer_queries, "", "exact"),
        "peer_memory_added": claim(float(peer_added), "MB"),
        "whole_kernel": claim(whole, "MB", "exact"),
    }


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    seed, repeats = settings.seed, settings.repeats
    sizes = [*settings.sizes, settings.points]
    with threadpool_limits(settings.threads):
        fits = {n: time_fit(seed, n, settings.features, repeats) for n in sizes}
        kernels = {d: time_kernel(seed, settings.width_points, d, repeats) for d in settings.widths}
        predictions, gap, left_out = time_predict(settings)
    fit, kernel = medians(fits), medians(kernels)
    series = {"sizes": sizes, **fit, "widths": settings.widths}
    write_arrays(arrays, {**series, **{f"{who}_wide": kernel[who] for who in kernel}})
    write_table(table, fits)
    return {
        "points": claim(settings.points, "", "exact"),
        "features": claim(settings.features, "", "exact"),
        "threads": claim(settings.threads, "", "exact"),
        **against_peer("fit", fits[settings.points]),
        "fit_seconds": claim(fit["ours"][-1], "s", n=repeats),
        **against_peer("predict", predictions),
        "agreement": claim(gap, "", n=settings.timed_queries),
        "growth_points": claim(growth(sizes[-2:], fit["ours"][-2:])),
        "growth_points_peer": claim(growth(sizes[-2:], fit["peer"][-2:])),
        "growth_features": claim(growth(settings.widths[-2:], kernel["ours"][-2:])),
        "leave_one_out_over_fit": claim(min(left_out) / fit["ours"][-1], "×"),
        **memory_claims(settings),
    }


if __name__ == "__main__":
    step.run(main)
