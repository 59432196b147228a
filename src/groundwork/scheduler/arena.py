"""Addresses: what an allocator that knows the whole order makes of its live intervals."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from groundwork.scheduler import native
from groundwork.scheduler.graph import Graph


def pack(graph: Graph, order: Iterable[str | int]) -> tuple[NDArray[np.int64], int]:
    """An address for each value (N,), and the arena's size (bytes); values in time never overlap.

    Largest first, each at the lowest address that is free over its whole life: O(N²). The arena is
    at least the sum of live values; what it takes beyond that is fragmentation. Workspaces are
    left out. In-place buffers get addresses of their own.

    Source: Pisarchyk & Lee, "Efficient memory management for deep neural net inference" (2020),
    greedy by size. Checked by: tests/scheduler/test_memory.py.
    """
    births, deaths = native.intervals(graph, graph.numbers(order))
    sizes = graph.sizes + graph.helds
    address = np.zeros(len(graph), np.int64)
    placed: list[int] = []
    top = 0
    for v in np.argsort(-sizes, kind="stable").tolist():
        if sizes[v] == 0:
            break
        rivals = [u for u in placed if births[u] < deaths[v] and births[v] < deaths[u]]
        at = 0
        for u in sorted(rivals, key=lambda u: int(address[u])):
            if at + sizes[v] <= address[u]:
                break
            at = max(at, int(address[u] + sizes[u]))
        address[v] = at
        placed.append(v)
        top = max(top, at + int(sizes[v]))
    return address, top
