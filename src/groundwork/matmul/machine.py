"""What this machine can do: the multiply-add ceiling, cache latencies and sizes, bandwidths."""

from collections.abc import Sequence

import numpy as np

from groundwork.matmul.door import measure


def fma_peak(rounds: int = 400_000) -> float:
    """Float32 operations per second of independent fused multiply-adds on one core.

    No memory is touched; a product can at best come near it. Two operations a multiply-add.
    """
    return measure("peak", rounds)


def load_latency(size: int, loads: int = 200_000) -> float:
    """Seconds per load over `size` bytes, when each load waits for the one before.

    The chain visits the cache lines in a random order, which no prefetcher can guess.
    """
    return measure("latency", size, loads)


def read_bandwidth(size: int, total: int = 1 << 28) -> float:
    """Bytes per second when `size` bytes are read in order, over and over, `total` in all."""
    return measure("bandwidth", size, total)


def block_speed(rows: int, depth: int, columns: int, rounds: int) -> float:
    """Float32 operations per second of the inner loops of `packed` alone, on one core.

    A block of A (rows × depth) against panels of B (depth × columns), both packed beforehand, so
    many times over: what a product would reach if nothing had to be brought together first.
    """
    return measure("block_speed", rows, depth, columns, rounds)


def cache_sizes(sizes: Sequence[int], seconds: Sequence[float], jump: float = 1.5) -> list[int]:
    """Cache capacities in bytes, read off a latency curve: the last size before each rise.

    Within a cache the latency is flat. A rise is a run of sizes over which it grows by `jump` or
    more in all, each size by at least 12 %; the capacity is the size at which the run begins.

    Differs: a curve cannot tell a capacity that falls between two of its sizes, so the answer is
    the sample below it. A cache shared with other tenants looks smaller than it is.

    Checked by: tests/matmul/test_machine.py::test_cache_sizes_are_read_off_a_curve
    """
    sizes_, times = np.asarray(sizes), np.asarray(seconds, dtype=float)
    growing = times[1:] > 1.12 * times[:-1]
    found: list[int] = []
    start: int | None = None
    for i, grows in enumerate([*growing.tolist(), False]):
        if grows and start is None:
            start = i
        elif not grows and start is not None:
            if times[i] >= jump * times[start]:
                found.append(int(sizes_[start]))
            start = None
    return found
