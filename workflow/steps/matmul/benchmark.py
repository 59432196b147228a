"""Race the ladder against NumPy and PyTorch, on one thread and on all, rivals taking turns."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from groundwork.core.claims import Claim, claim, measured
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import ratio
from groundwork.matmul.bench import speed, turns
from groundwork.matmul.door import matmul, variants
from groundwork.matmul.machine import fma_peak
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

PEAK = "peak"
LIBRARIES = ("numpy", "torch")
CLIMBS = {
    "loop_order_vs_naive": ("naive", "loop_order"),
    "tiled_vs_naive": ("naive", "tiled"),
    "tiled_vs_loop_order": ("loop_order", "tiled"),
    "simd_vs_tiled": ("tiled", "simd"),
    "simd_vs_tiled_vectorised": ("tiled_vectorised", "simd"),
}
Samples = dict[str, list[float]]
Shape = tuple[int, int, int]


class Settings(step.Settings):
    """The ladder against NumPy and PyTorch."""

    sizes: list[bounded(int, ge=1)] = knob(
        "Edges of the square products of packed, registers and the libraries (elements).",
        min_length=1,
    )
    slow_sizes: list[bounded(int, ge=1, le=1024)] = knob(
        "Edges for the lower steps (elements).", min_length=1
    )
    thin: list[bounded(list[bounded(int, ge=1)], min_length=3, max_length=3)] = knob(
        "Further shapes: rows, depth, columns (elements)."
    )
    from_size: int = knob("Smallest edge that counts in the worst ratio (elements).", ge=1)
    repeats: int = knob("Samples of each rival.", ge=2)
    slow_repeats: int = knob("Samples of each lower step.", ge=2)
    seconds: float = knob("Least length of a sample (s).", ge=0)
    pause: float = knob("Longest rest before a sample on several threads (s).", ge=0)
    peak_rounds: int = knob(
        "Rounds of independent multiply-adds in a sample of the ceiling.", ge=1000
    )
    seed: int = knob("Seed of the matrices.", ge=0)


@dataclass
class Tables:
    """All speeds; and, per shape and number of threads, packed against the libraries."""

    speeds: list[list[Any]] = field(default_factory=list)
    rivals: list[dict[str, Any]] = field(default_factory=list)

    def enter(self, shape: Shape, threads: int, samples: Samples) -> None:
        """Add the speed of each rival (GFLOPS, quartiles) at one shape."""
        for name, seconds in samples.items():
            if name != PEAK:
                found = speed(operations(shape) / 1e9, seconds)
                rates = [found.value, *found.spread]
                self.speeds.append([*shape, name, threads, found.n, *rates])

    def race(self, shape: Shape, threads: int, samples: Samples, ceiling: float) -> None:
        """Add packed's ratios to the libraries, and its part of the multiply-add ceiling."""
        self.enter(shape, threads, samples)
        row: dict[str, Any] = {"shape": " × ".join(map(str, shape)), "size": shape[0]}
        row |= {"square": len(set(shape)) == 1, "threads": threads}
        for name in ("packed", *LIBRARIES):
            row[name] = speed(operations(shape) / 1e9, samples[name]).value
        found = {f"vs_{name}": ratio(samples[name], samples["packed"]) for name in LIBRARIES}
        percents = 100 * operations(shape) / (ceiling * threads)
        found |= {"of_peak": speed(percents, samples["packed"])}
        found |= {"numpy_of_peak": speed(percents, samples["numpy"])}
        for name, told in found.items():
            row |= {name: told.value, f"{name}_low": told.spread[0], f"{name}_high": told.spread[1]}
        self.rivals.append(row)


def main(
    settings: Settings,
    *,
    native: Path,
    speeds: step.Out,
    rivals: step.Out,
    ladder: step.Out,
) -> step.Claims:
    """Write all speeds, the races and the ladder; claim the ratios that the bars name."""
    del native  # the library's path is for the step's own set-up
    cores, tables = os.cpu_count() or 1, Tables()
    square = [(n, n, n) for n in settings.sizes]
    thin = [(m, k, n) for m, k, n in settings.thin]
    for threads in sorted({1, cores}):
        with threadpool_limits(threads):
            torch.set_num_threads(threads)
            for shape in square + thin:
                samples, ceiling = fast(settings, shape, threads)
                tables.race(shape, threads, samples, ceiling)
    lower: dict[int, Samples] = {}
    with threadpool_limits(1):
        for n in settings.slow_sizes:
            lower[n] = slow(settings, n)
            tables.enter((n, n, n), 1, lower[n])
    names = ["m", "k", "n", "step", "threads", "samples", "gflops", "low", "high"]
    write_table(speeds, tables.speeds, names)
    write_table(rivals, tables.rivals)
    write_table(ladder, *climb_table(lower))
    return (
        against(tables.rivals, settings, cores)
        | climbs(settings.slow_sizes[-1], lower[settings.slow_sizes[-1]])
        | conditions(cores)
    )


def operations(shape: Shape) -> float:
    """Two operations, a multiplication and an addition, for each of m · k · n terms."""
    return 2.0 * shape[0] * shape[1] * shape[2]


def at_line(x: np.ndarray) -> np.ndarray:
    """A copy that begins at a cache line, where PyTorch puts its tensors.

    NumPy puts small arrays anywhere, differently in each process, and vectors that straddle two
    lines cost time: the same ratio differed by a fifth from run to run.
    """
    copy = torch.empty(x.shape).numpy()
    copy[...] = x
    return copy


def fast(settings: Settings, shape: Shape, threads: int) -> tuple[Samples, float]:
    """Samples of packed and the libraries (registers too, on one thread); the ceiling beside."""
    m, k, n = shape
    random = stream(settings.seed, "benchmark", m, k, n)
    a = at_line(random.standard_normal((m, k), dtype=np.float32))
    b = at_line(random.standard_normal((k, n), dtype=np.float32))
    outs = [at_line(np.empty((m, n), np.float32)) for _ in range(3)]
    left, right, target = (torch.from_numpy(x) for x in (a, b, outs[2]))
    peaks: list[float] = []
    rivals: dict[str, Callable[[], object]] = {
        "packed": partial(matmul, a, b, "packed", threads, out=outs[0]),
        "numpy": partial(np.matmul, a, b, out=outs[1]),
        "torch": partial(torch.mm, left, right, out=target),
        PEAK: lambda: peaks.append(fma_peak(settings.peak_rounds)),
    }
    if threads == 1 and max(shape) <= settings.slow_sizes[-1]:
        rivals["registers"] = partial(matmul, a, b, "registers", out=outs[0])
    pause, clock = (settings.pause, time.perf_counter) if threads > 1 else (0.0, time.thread_time)
    samples = turns(
        rivals, repeats=settings.repeats, seconds=settings.seconds, pause=pause, clock=clock
    )
    return samples, float(np.median(peaks))


def slow(settings: Settings, n: int) -> Samples:
    """Samples of the lower steps and their vectorised twins."""
    random = stream(settings.seed, "benchmark", "slow", n)
    a, b = (at_line(random.standard_normal((n, n), dtype=np.float32)) for _ in range(2))
    out = at_line(np.empty((n, n), np.float32))
    names = [name for name in variants() if name not in ("packed", "registers")]
    rivals = {name: partial(matmul, a, b, name, out=out) for name in names}
    return turns(
        rivals, repeats=settings.slow_repeats, seconds=settings.seconds, clock=time.thread_time
    )


def against(rows: list[dict[str, Any]], settings: Settings, cores: int) -> dict[str, Claim]:
    """The worst and the middle of packed's ratios and shares over the large squares, and thin."""
    claims: dict[str, Claim] = {}
    for label, threads in (("one", 1), ("all", cores)):
        mine = [row for row in rows if row["threads"] == threads]
        large = [row for row in mine if row["square"] and row["size"] >= settings.from_size]
        for key in ("vs_numpy", "vs_torch", "of_peak", "numpy_of_peak"):
            unit = "×" if key.startswith("vs") else "%"
            claims[f"{key}_{label}"] = over(large, key, unit, settings.repeats)
            worst = min(large, key=lambda row: row[key])
            claims[f"{key}_worst_{label}"] = over([worst], key, unit, settings.repeats)
        thin = sorted((row for row in mine if not row["square"]), key=lambda row: row["vs_numpy"])
        if thin:
            claims[f"thin_worst_{label}"] = over(thin[:1], "vs_numpy", "×", settings.repeats)
            claims[f"thin_best_{label}"] = over(thin[-1:], "vs_numpy", "×", settings.repeats)
    return claims


def over(rows: list[dict[str, Any]], key: str, unit: str, repeats: int) -> Claim:
    """The median over the shapes of `rows`, from the lowest quartile of any to the highest."""
    limits = min(row[f"{key}_low"] for row in rows), max(row[f"{key}_high"] for row in rows)
    middle = float(np.median([row[key] for row in rows]))
    return claim(middle, unit, n=len(rows) * repeats, spread=limits)


def climbs(n: int, samples: Samples) -> dict[str, Claim]:
    """At the ladder's largest size: each step's speed, and its ratio to the steps below."""
    claims = {"ladder_size": claim(n, kind="exact")}
    for label, (before, after) in CLIMBS.items():
        claims[label] = measured(ratio(samples[before], samples[after]))
    for name, seconds in samples.items():
        claims[name] = measured(speed(operations((n, n, n)) / 1e9, seconds), "GFLOPS")
    return claims


def climb_table(lower: dict[int, Samples]) -> tuple[list[list[Any]], list[str]]:
    """One line per size, one column per step: GFLOPS."""
    names = list(next(iter(lower.values())))
    rows = [
        [n, *(speed(operations((n, n, n)) / 1e9, samples[name]).value for name in names)]
        for n, samples in lower.items()
    ]
    return rows, ["n", *names]


def conditions(cores: int) -> dict[str, Claim]:
    """What NumPy multiplies with, how many threads "all" is, and what a call from Python costs."""
    one = np.ones((1, 1), np.float32)
    calls = {"matmul": partial(matmul, one, one), "numpy": partial(np.matmul, one, one)}
    taken = {n: min(v) * 1e6 for n, v in turns(calls, repeats=25, seconds=0.004).items()}
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    names = sorted({f"{info['internal_api']} {info['version']}" for info in blas})
    kernels = sorted({str(info.get("architecture", "unknown")) for info in blas})
    return {
        "call": claim(taken["matmul"], "µs", n=25),
        "call_numpy": claim(taken["numpy"], "µs", n=25),
        "threads_all": claim(cores, kind="exact"),
        "numpy_blas": claim(", ".join(names) or "unknown", kind="exact"),
        "numpy_kernel": claim(", ".join(kernels) or "unknown", kind="exact"),
        "numpy_version": claim(np.__version__, kind="exact"),
        "torch_version": claim(torch.__version__, kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
