"""Messages on links: a discrete-event simulator, and the same arithmetic for thousands of ranks.

`Network.run` takes any program of sends and receives, one event at a time. Rings and hierarchies
of thousands of ranks exchange tens of millions of messages, but in rounds that look alike:
`ring_finish` and `hierarchical_finish` take a whole round at once, as arrays over ranks.

Letters: N ranks, M bytes, n nodes of g ranks.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import numpy as np

from groundwork.data_parallel.cost import Link

Op = tuple[str, int, float]  # ("send", to, bytes) or ("receive", from, 0)
Program = Iterator[Op]


class Network:
    """Ranks that run programs, links that carry one message after another.

    A message occupies its link for bytes/B seconds, in the order in which messages are sent, and
    arrives α seconds after that. Sending does not block; receiving waits for the oldest message
    from that rank. `link(a, b)` names the link that a message takes, and its properties.
    Checked by: tests/data_parallel/test_simulate.py (closed forms, to 1e-9).
    """

    def __init__(self, link: Callable[[int, int], tuple[object, Link]]) -> None:
        self.link = link
        self.messages = 0

    def run(self, programs: Sequence[Program], starts: Sequence[float] | None = None) -> np.ndarray:
        """Seconds at which each rank ends, each having begun at its entry of `starts`.

        Raises: `ValueError` where ranks wait for messages that nobody sends.
        """
        ranks = len(programs)
        begin = [0.0] * ranks if starts is None else list(starts)
        order = count()  # of events at one time: first in, first out
        queue = [(begin[rank], next(order), rank) for rank in range(ranks)]
        heapq.heapify(queue)
        free: dict[object, float] = {}
        mail: dict[tuple[int, int], deque[float]] = {}
        blocked: dict[int, int] = {}  # rank -> the rank that it waits for
        ends = np.full(ranks, np.nan)
        while queue:
            now, _, rank = heapq.heappop(queue)
            for kind, other, size in programs[rank]:
                if kind == "send":
                    key, link = self.link(rank, other)
                    free[key] = max(free.get(key, 0.0), now) + size / link.bandwidth
                    self.messages += 1
                    arrival = free[key] + link.latency
                    if blocked.get(other) == rank:
                        del blocked[other]
                        heapq.heappush(queue, (arrival, next(order), other))
                    else:
                        mail.setdefault((rank, other), deque()).append(arrival)
                    continue
                waiting = mail.get((other, rank))
                if not waiting:
                    blocked[rank] = other
                else:
                    heapq.heappush(queue, (max(now, waiting.popleft()), next(order), rank))
                break
            else:
                ends[rank] = now
        if blocked:
            pairs = ", ".join(f"{rank} for {other}" for rank, other in sorted(blocked.items())[:5])
            raise ValueError(f"ranks wait for messages that nobody sends: {pairs}")
        return ends


def own_links(link: Link) -> Callable[[int, int], tuple[object, Link]]:
    """A flat network: every ordered pair of ranks has a link of its own."""
    return lambda a, b: ((a, b), link)


def node_links(fast: Link, slow: Link, per_node: int) -> Callable[[int, int], tuple[object, Link]]:
    """Nodes of `per_node` ranks: fast links inside, one slow link out of each node."""

    def link(a: int, b: int) -> tuple[object, Link]:
        home = a // per_node
        return ((a, b), fast) if home == b // per_node else (("out of", home), slow)

    return link


def ring_program(rank: int, ranks: int, size: float, steps: int | None = None) -> Program:
    """A ring all-reduce of `size` bytes: each step sends M/N to the right, receives from the left."""
    for _ in range(2 * (ranks - 1) if steps is None else steps):
        yield "send", (rank + 1) % ranks, size / ranks
        yield "receive", (rank - 1) % ranks, 0.0


def doubling_program(rank: int, ranks: int, size: float) -> Program:
    """Recursive doubling, with ranks beyond a power of two folded in first."""
    core = 1 << (ranks.bit_length() - 1)
    if rank >= core:
        yield "send", rank - core, size
        yield "receive", rank - core, 0.0
        return
    if rank + core < ranks:
        yield "receive", rank + core, 0.0
    distance = 1
    while distance < core:
        yield "send", rank ^ distance, size
        yield "receive", rank ^ distance, 0.0
        distance *= 2
    if rank + core < ranks:
        yield "send", rank + core, size


def halving_doubling_program(rank: int, ranks: int, size: float) -> Program:
    """Recursive halving, then doubling; a power of two of ranks."""
    distances = [1 << k for k in range(ranks.bit_length() - 1)]
    sizes = [size * d / ranks for d in distances]
    for distance, part in [*reversed(list(zip(distances, sizes, strict=True)))]:
        yield "send", rank ^ distance, part
        yield "receive", rank ^ distance, 0.0
    for distance, part in zip(distances, sizes, strict=True):
        yield "send", rank ^ distance, part
        yield "receive", rank ^ distance, 0.0


def tree_program(rank: int, ranks: int, size: float) -> Program:
    """Up a binomial tree to rank 0, and down again."""
    distance = 1
    while distance < ranks and not rank & distance:
        if rank + distance < ranks:
            yield "receive", rank + distance, 0.0
        distance *= 2
    if rank:
        yield "send", rank - distance, size
        yield "receive", rank - distance, 0.0
    while distance > 1:
        distance //= 2
        if rank + distance < ranks:
            yield "send", rank + distance, size


def hierarchical_program(rank: int, nodes: int, per_node: int, size: float) -> Program:
    """Reduce-scatter in the node, a ring with the other nodes' same place, all-gather in the node."""
    home, place = divmod(rank, per_node)
    right, left = (home * per_node + (place + d) % per_node for d in (1, -1))
    for _ in range(per_node - 1):
        yield "send", right, size / per_node
        yield "receive", left, 0.0
    next_node, last_node = ((home + d) % nodes * per_node + place for d in (1, -1))
    for _ in range(2 * (nodes - 1)):
        yield "send", next_node, size / (per_node * nodes)
        yield "receive", last_node, 0.0
    for _ in range(per_node - 1):
        yield "send", right, size / per_node
        yield "receive", left, 0.0


def ring_finish(
    starts: np.ndarray, size: float, link: Link, steps: int | None = None
) -> np.ndarray:
    """Seconds at which each rank ends a ring all-reduce that it begins at its entry of `starts`.

    Shapes: (..., N), a ring along the last axis; the same.
    Checked by: tests/data_parallel/test_simulate.py (`Network`, to 1e-9).
    """
    ready = np.array(starts, dtype=float)  # (..., N)
    ranks = ready.shape[-1]
    free, carried = np.zeros_like(ready), size / ranks / link.bandwidth
    for _ in range(2 * (ranks - 1) if steps is None else steps):
        free = np.maximum(free, ready) + carried
        ready = np.maximum(ready, np.roll(free, 1, axis=-1) + link.latency)
    return ready


def node_ring_finish(
    starts: np.ndarray, size: float, fast: Link, slow: Link, per_node: int
) -> np.ndarray:
    """As `ring_finish`, along nodes of `per_node` ranks whose last rank sends over the slow link."""
    ready = np.array(starts, dtype=float)  # (N,)
    ranks = len(ready)
    out = np.arange(ranks) % per_node == per_node - 1
    carried = size / ranks / np.where(out, slow.bandwidth, fast.bandwidth)
    latency = np.where(out, slow.latency, fast.latency)
    free = np.zeros(ranks)
    for _ in range(2 * (ranks - 1)):
        free = np.maximum(free, ready) + carried
        ready = np.maximum(ready, np.roll(free + latency, 1))
    return ready


def hierarchical_finish(starts: np.ndarray, size: float, fast: Link, slow: Link) -> np.ndarray:
    """Seconds at which each rank ends a hierarchical all-reduce; shapes (..., n, g) to the same.

    Differs: a node's slow link serves its g messages of one round before those of the next, which
    is the order in which they are sent unless ranks of a node differ by more than a round.
    """
    ready = np.array(starts, dtype=float)  # (..., n, g)
    nodes, per_node = ready.shape[-2:]
    ready = ring_finish(ready, size, fast, per_node - 1)
    carried = size / (per_node * nodes) / slow.bandwidth
    free = np.zeros((*ready.shape[:-1], 1))
    turns = carried * np.arange(1, per_node + 1)
    first = np.arange(0, ready.size, per_node).reshape(free.shape)  # each node's place in memory
    for _ in range(2 * (nodes - 1)):
        order = first + np.argsort(ready, axis=-1, kind="stable")  # first come, first served
        queue = ready.ravel()[order]
        # leaving_k = max(queue_k, leaving_(k-1)) + carried, by a running maximum
        begins = np.maximum.accumulate(np.maximum(queue, free) - turns + carried, axis=-1)
        leaving = begins + turns
        free = leaving[..., -1:]
        sent = np.empty(ready.size)
        sent[order] = leaving
        arrived = np.roll(sent.reshape(ready.shape), 1, axis=-2) + slow.latency
        ready = np.maximum(ready, arrived)
    return ring_finish(ready, size, fast, per_node - 1)


def overlapped(ready: np.ndarray, one: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Seconds at which each rank has all buckets, each reduced as soon as it and the link are free.

    Shapes: ready (buckets, ..., N), when each rank's bucket is there, to (..., N); `one(starts)`
    reduces one bucket.
    """
    done = np.zeros(ready.shape[1:])
    for bucket in ready:
        done = one(np.maximum(bucket, done))
    return done
