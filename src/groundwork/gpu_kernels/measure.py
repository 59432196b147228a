"""Timing on a CUDA GPU: events around every call, buffers in rotation, rivals in turn.

The processor first gets ahead of the GPU, which is kept busy for a while, so that what is timed is
the kernel and not Python on its way to it. A working set past the L2 cache is spread over several
buffers, so that no call finds the operands of the one before.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

import torch

Run = Callable[[], object]
AHEAD = 20_000_000  # GPU cycles of idling, about 10 ms, in which the processor enqueues


def copies(size: int, cache: int, *, most: int = 8) -> int:
    """How many buffers of `size` bytes it takes to pass three caches; 1 for what fits half a one."""
    return 1 if size <= cache // 2 else max(2, min(most, math.ceil(3 * cache / size)))


def samples(runs: Sequence[Run], repeats: int) -> list[float]:
    """Seconds of each of `repeats` calls, of the `runs` in rotation; needs a CUDA device."""
    marks = [
        (torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
        for _ in range(repeats)
    ]
    torch.cuda._sleep(AHEAD)
    for index, (start, end) in enumerate(marks):
        start.record()
        runs[index % len(runs)]()
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) / 1e3 for start, end in marks]


def rivals(
    runs: Mapping[str, Sequence[Run]],
    *,
    rounds: int = 3,
    repeats: int = 12,
    clock: Callable[[Sequence[Run], int], list[float]] = samples,
) -> dict[str, list[float]]:
    """Samples of each rival over several rounds, the order turned by one from round to round.

    Every rival runs each of its buffers once before, which compiles, tunes and warms up.
    """
    names = list(runs)
    for name in names:
        for run in runs[name]:
            run()
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            found[name] += clock(runs[name], repeats)
    return found


def quantiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """The 20 %, 50 % and 80 % quantiles."""
    if len(seconds) < 2:
        return (seconds[0],) * 3
    tenths = statistics.quantiles(seconds, n=10, method="inclusive")
    return tenths[1], statistics.median(seconds), tenths[7]
