"""Taking turns: speeds of rivals that may bring threads of their own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

Rival = Callable[[], object]


@dataclass(frozen=True)
class Speed:
    """Operations per second: median, quartiles, number of samples."""

    value: float
    low: float
    high: float
    n: int


def turns(
    rivals: Mapping[str, Rival], *, repeats: int, seconds: float, pause: float = 0.0
) -> dict[str, list[float]]:
    """Seconds per call of each rival, `repeats` samples each, taken A B C, B C A, …

    A sample is as many calls as fill about `seconds`, after one call that warms up. `pause`
    (seconds) before each sample lets a rival's threads go to sleep: OpenBLAS and OpenMP keep
    theirs spinning for a while after a product, and on few cores that would be the next rival's
    handicap.
    """
    calls = {name: _calls_in(seconds, rival) for name, rival in rivals.items()}
    names = list(rivals)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        shift = repeat % len(names)
        for name in names[shift:] + names[:shift]:
            if pause:
                time.sleep(pause)
            samples[name].append(_sample(rivals[name], calls[name]))
    return samples


def _calls_in(seconds: float, rival: Rival) -> int:
    start = time.perf_counter()
    rival()
    taken = time.perf_counter() - start
    return max(1, round(seconds / max(taken, 1e-7)))


def _sample(rival: Rival, calls: int) -> float:
    if calls > 1:
        rival()  # warm: the caches are this rival's own again, its threads are awake
    start = time.perf_counter()
    for _ in range(calls):
        rival()
    return (time.perf_counter() - start) / calls


def speed(flops: float, samples: list[float]) -> Speed:
    """Median and quartiles of `flops` / seconds (operations per second)."""
    rates = sorted(flops / sample for sample in samples)
    low, _, high = quantiles(rates, n=4) if len(rates) > 1 else rates * 3
    return Speed(median(rates), low, high, len(rates))
