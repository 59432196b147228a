"""Timing: rivals in one run, in turn, so that a change of the machine's speed hits all alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How many times as long `a` took as `b`: median of paired ratios, and their quartiles."""

    value: float
    spread: tuple[float, float]
    n: int


def interleave(
    rivals: Mapping[str, Callable[[], object]], *, repeats: int = 7, warmup: int = 1
) -> dict[str, list[float]]:
    """Wall seconds of each rival, `repeats` samples each, taken A B C A B C …

    The starting rival rotates from round to round, so that none always runs on the other's
    warm cache. Threads are the caller's to set and to state.
    """
    names = list(rivals)
    for _ in range(warmup):
        for name in names:
            rivals[name]()
    samples: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        shift = repeat % len(names)
        for name in names[shift:] + names[:shift]:
            start = time.perf_counter()
            rivals[name]()
            samples[name].append(time.perf_counter() - start)
    return samples


def ratio(a: list[float], b: list[float]) -> Ratio:
    """Paired ratio a/b of two sample lists of one `interleave` call (dimensionless)."""
    pairs = sorted(x / y for x, y in zip(a, b, strict=True))
    low, _, high = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else pairs * 3
    return Ratio(statistics.median(pairs), (low, high), len(pairs))
