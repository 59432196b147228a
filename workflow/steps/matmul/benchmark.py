"""Race the ladder against NumPy and PyTorch, on one thread and on all, rivals taking turns."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from groundwork.core.claims import Claim, claim
from groundwork.core.seeds import stream
from groundwork.core.timing import ratio
from groundwork.matmul.bench import Speed, speed, turns
from groundwork.matmul.door import matmul, variants
from groundwork.matmul.machine import fma_peak
from groundwork.pipeline import step

PEAK = "peak"
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Settings:
    """See config.yaml, matmul.benchmark."""

    sizes: list[int]
    slow_sizes: list[int]
    thin: list[list[int]]
    from_size: int
    repeats: int
    slow_repeats: int
    seconds: float
    pause: float
    peak_rounds: int
    seed: int


@dataclass
class Race:
    """One table of the race: rows of speeds, and the claims they support."""

    rows: list[list[Any]]
    claims: dict[str, Claim]

    def enter(self, shape: tuple[int, int, int], threads: int, samples: Samples) -> None:
        """Add each rival's speed, and packed's ratio to each library."""
        m, k, n = shape
        for name, seconds in samples.items():
            if name != PEAK:
                result: Speed = speed(2.0 * m * k * n, seconds)
                self.rows.append(
                    [m, k, n, name, threads, result.n]
                    + [value / 1e9 for value in (result.value, result.low, result.high)]
                )


def main(settings: Settings, *, native: Path, speeds: step.Out) -> step.Claims:
    """Write the speed of each rival at each shape; claim the ratios that the bars name."""
    cores = os.cpu_count() or 1
    race = Race([], {})
    worst: dict[tuple[str, int], float] = {}
    for threads in sorted({1, cores}):
        with threadpool_limits(threads):
            torch.set_num_threads(threads)
            for n in settings.sizes:
                samples, peaks = fast(settings, (n, n, n), threads)
                race.enter((n, n, n), threads, samples)
                race.claims |= against_libraries(f"{n}_t{threads}", samples)
                race.claims |= against_peak(f"{n}_t{threads}", n, threads, samples, peaks)
                if n >= settings.from_size:
                    for library in ("numpy", "torch"):
                        value = float(race.claims[f"vs_{library}_{n}_t{threads}"]["value"])
                        key = (library, threads)
                        worst[key] = min(worst.get(key, value), value)
            for shape in settings.thin:
                m, k, n = shape
                samples, _ = fast(settings, (m, k, n), threads)
                race.enter((m, k, n), threads, samples)
                race.claims |= against_libraries(f"{m}x{k}x{n}_t{threads}", samples)
    with threadpool_limits(1):
        for n in settings.slow_sizes:
            samples = slow(settings, n)
            race.enter((n, n, n), 1, samples)
            race.claims |= climbs(n, samples)
    with open(speeds, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["m", "k", "n", "step", "threads", "samples", "gflops", "low", "high"])
        writer.writerows(race.rows)
    for (library, threads), value in worst.items():
        race.claims[f"vs_{library}_worst_t{threads}"] = claim(value, "×", n=settings.repeats)
    return race.claims | conditions(cores)


def fast(
    settings: Settings, shape: tuple[int, int, int], threads: int
) -> tuple[Samples, list[float]]:
    """Samples of the steps that rival the libraries, the libraries, and the peak in each turn."""
    m, k, n = shape
    random = stream(settings.seed, "benchmark", m, k, n)
    a = random.standard_normal((m, k), dtype=np.float32)
    b = random.standard_normal((k, n), dtype=np.float32)
    outs = [np.empty((m, n), np.float32) for _ in range(3)]
    left, right, target = (torch.from_numpy(x) for x in (a, b, outs[2]))
    peaks: list[float] = []
    rivals: dict[str, Callable[[], object]] = {
        "packed": partial(matmul, a, b, "packed", threads, out=outs[0]),
        "numpy": partial(np.matmul, a, b, out=outs[1]),
        "torch": partial(torch.mm, left, right, out=target),
        PEAK: lambda: peaks.append(fma_peak(settings.peak_rounds)),
    }
    if threads == 1:
        rivals["registers"] = partial(matmul, a, b, "registers", out=outs[0])
    pause = settings.pause if threads > 1 else 0.0
    samples = turns(rivals, repeats=settings.repeats, seconds=settings.seconds, pause=pause)
    return samples, peaks


def slow(settings: Settings, n: int) -> Samples:
    """Samples of the lower steps and their vectorised twins."""
    random = stream(settings.seed, "benchmark", "slow", n)
    a, b = (random.standard_normal((n, n), dtype=np.float32) for _ in range(2))
    out = np.empty((n, n), np.float32)
    names = [name for name in variants() if name not in ("packed", "registers")]
    rivals = {name: partial(matmul, a, b, name, out=out) for name in names}
    return turns(rivals, repeats=settings.slow_repeats, seconds=settings.seconds)


def against_libraries(label: str, samples: Samples) -> dict[str, Claim]:
    """How many times as fast as each library `packed` is: paired ratios, quartiles."""
    claims = {}
    for library in ("numpy", "torch"):
        found = ratio(samples[library], samples["packed"])
        claims[f"vs_{library}_{label}"] = claim(found.value, "×", n=found.n, spread=found.spread)
    return claims


def against_peak(
    label: str, n: int, threads: int, samples: Samples, peaks: list[float]
) -> dict[str, Claim]:
    """Percent of the multiply-add ceiling (one core's, times the threads), and the speeds."""
    ceiling = float(np.median(peaks)) * threads
    claims = {}
    for name in ("packed", "numpy", "torch"):
        found = speed(2.0 * n**3, samples[name])
        low, high = found.low / 1e9, found.high / 1e9
        claims[f"{name}_{label}"] = claim(
            found.value / 1e9, "GFLOPS", n=found.n, spread=(low, high)
        )
        claims[f"{name}_peak_{label}"] = claim(100 * found.value / ceiling, "%", n=found.n)
    return claims


def climbs(n: int, samples: Samples) -> dict[str, Claim]:
    """How many times as fast each step is as the one before it, and speeds of all."""
    pairs = {
        "loop_order_vs_naive": ("naive", "loop_order"),
        "tiled_vs_naive": ("naive", "tiled"),
        "tiled_vs_loop_order": ("loop_order", "tiled"),
        "simd_vs_tiled": ("tiled", "simd"),
        "simd_vs_tiled_vectorised": ("tiled_vectorised", "simd"),
    }
    claims = {}
    for label, (before, after) in pairs.items():
        found = ratio(samples[before], samples[after])
        claims[f"{label}_{n}"] = claim(found.value, "×", n=found.n, spread=found.spread)
    for name, seconds in samples.items():
        found_speed = speed(2.0 * n**3, seconds)
        claims[f"{name}_{n}"] = claim(found_speed.value / 1e9, "GFLOPS", n=found_speed.n)
    return claims


def conditions(cores: int) -> dict[str, Claim]:
    """What NumPy multiplies with, and how many threads "all" is."""
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    names = sorted({f"{info['internal_api']} {info['version']}" for info in blas})
    return {
        "threads_all": claim(cores, kind="exact"),
        "numpy_blas": claim(", ".join(names) or "unknown", kind="exact"),
        "numpy_version": claim(np.__version__, kind="exact"),
        "torch_version": claim(torch.__version__, kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
