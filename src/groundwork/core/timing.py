"""Timing: rivals in one run, in turn, so that a change of the machine's speed hits all alike."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """What the rounds of one run say of a quantity: median, quartiles, number of rounds."""

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


def summary(values: Iterable[float]) -> Summary:
    """Median and quartiles of one or more values."""
    found = list(values)
    low, _, high = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
    return Summary(statistics.median(found), (low, high), len(found))


def ratio(a: list[float], b: list[float]) -> Summary:
    """How many times as long `a` took as `b`, by round, for sample lists of one `interleave` call."""
    return summary(x / y for x, y in zip(a, b, strict=True))


def growth(sizes: Sequence[float], samples: Sequence[list[float]]) -> Summary:
    """The exponent p of seconds ∝ sizeᵖ, by least squares on logarithms in each round.

    One list of `samples` a size; of lists that differ in length, as many rounds as the shortest has.
    """
    logs = [math.log(size) for size in sizes]
    rounds = zip(*samples, strict=False)
    return summary(
        statistics.linear_regression(logs, [math.log(s) for s in seconds]).slope
        for seconds in rounds
    )
