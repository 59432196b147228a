"""Taking turns: speeds of rivals that may bring threads of their own."""

import time
from collections.abc import Callable, Mapping

from groundwork.core.timing import Summary, summary

Rival = Callable[[], object]
Clock = Callable[[], float]


def turns(
    rivals: Mapping[str, Rival],
    *,
    repeats: int,
    seconds: float,
    pause: float = 0.0,
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds per call of each rival, `repeats` samples each, taken A B C, B C A, …

    A sample is as many calls as fill about `seconds`, after one call that warms up; a call that
    lasts longer than ten such samples is warm by its own length, and its first run counts too.
    Before each sample the clock waits, up to `pause` seconds, until a rival's threads sleep:
    OpenBLAS and OpenMP keep theirs spinning for a while after a product, and on few cores that
    would be the next rival's handicap. `clock`: `time.thread_time` for rivals that run on the calling thread alone
    leaves out the time that other programs had the processor.
    """
    samples: dict[str, list[float]] = {name: [] for name in rivals}
    calls: dict[str, int] = {}
    for name, rival in rivals.items():
        first = _sample(rival, 0, clock)
        calls[name] = max(1, round(seconds / max(first, 1e-7)))
        if seconds and first > 10 * seconds:
            samples[name].append(first)
    names = list(rivals)
    for repeat in range(repeats):
        shift = repeat % len(names)
        for name in names[shift:] + names[:shift]:
            if len(samples[name]) < repeats:
                if pause:
                    _rest(pause)
                samples[name].append(_sample(rivals[name], calls[name], clock))
    return samples


def _rest(longest: float) -> None:
    """Sleep until every thread of this process does, or for `longest` seconds."""
    end = time.perf_counter() + longest
    while time.perf_counter() < end:
        before = time.process_time()
        time.sleep(0.005)
        if time.process_time() - before < 0.001:
            return


def _sample(rival: Rival, calls: int, clock: Clock) -> float:
    if calls > 1:
        rival()  # warm: the caches are this rival's own again, its threads are awake
    start = clock()
    for _ in range(max(calls, 1)):
        rival()
    return (clock() - start) / max(calls, 1)


def speed(flops: float, samples: list[float]) -> Summary:
    """Median and quartiles of `flops` / seconds (operations per second)."""
    return summary(flops / seconds for seconds in samples)
