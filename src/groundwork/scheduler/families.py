"""Random graphs by family: how a graph is wired decides what scheduling can gain."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from groundwork.scheduler.graph import Graph

KIB = 1024
Rng = np.random.Generator
Edges = tuple[NDArray[np.int64], NDArray[np.int64]]  # sources and targets, source < target


def _layered(n: int, rng: Rng) -> Edges:
    """Layers of about the square root of N nodes; each node reads 1 to 3 of the layer before."""
    width = max(1, round(np.sqrt(n)))
    targets = np.repeat(np.arange(width, n), 3)
    keep = rng.random(len(targets)) < 0.5
    keep[::3] = True
    layer = targets // width
    return ((layer - 1) * width + rng.integers(0, width, len(targets)))[keep], targets[keep]


def _window(n: int, rng: Rng) -> Edges:
    """Each node reads 3 different ones of the 16 before it: a network that is locally parallel."""
    targets = np.arange(1, n)
    reach = np.minimum(targets, 16)
    draws = [(rng.random(n - 1) * np.maximum(reach - k, 1)).astype(np.int64) for k in range(3)]
    first, second, third = draws
    second += second >= first
    low, high = np.minimum(first, second), np.maximum(first, second)
    third += third >= low
    third += third >= high
    back = 1 + np.stack([first, second, third], axis=1) % reach[:, None]  # (N - 1, 3)
    return (targets[:, None] - back).ravel(), np.repeat(targets, 3)


def _sparse(n: int, rng: Rng) -> Edges:
    """Each of the pairs i < j is an edge with the same chance, 1.5 N edges on average."""
    count = rng.binomial(n * (n - 1) // 2, min(1.0, 3.0 / max(n - 1, 1)))
    a, b = rng.integers(0, n, count), rng.integers(0, n, count)
    apart = a != b
    return np.minimum(a, b)[apart], np.maximum(a, b)[apart]


def _in_forest(n: int, rng: Rng) -> Edges:
    """Every node but the roots is read once, by one of the next N/10 nodes: reductions."""
    sources = np.arange(n - max(1, n // 50))
    reach = np.minimum(n - 1 - sources, max(2, n // 10))
    return sources, sources + 1 + (rng.random(len(sources)) * reach).astype(np.int64)


def _out_tree(n: int, rng: Rng) -> Edges:
    """Every node but the root reads one earlier node: branching without joins."""
    targets = np.arange(1, n)
    return (rng.random(n - 1) * targets).astype(np.int64), targets


def _fork_join(n: int, rng: Rng) -> Edges:
    """Blocks of 3 to 6 chains of 1 to 4 nodes between a fork and a join, one after another."""
    sources, targets = [], []
    at = 0
    while at < n - 1:
        chains = rng.integers(1, 5, rng.integers(3, 7))
        ends, node = [], at + 1
        for length in chains.tolist():
            if node + length > n - 1:
                break
            path = [at, *range(node, node + length)]
            sources += path[:-1]
            targets += path[1:]
            ends.append(path[-1])
            node += length
        sources += ends or [at]
        targets += [node] * max(1, len(ends))
        at = node
    return np.array(sources, np.int64), np.array(targets, np.int64)


def _series_parallel(n: int, rng: Rng) -> Edges:
    """One edge, grown by splitting a random edge (series) or doubling it through a node."""
    heads, tails = [0], [1]  # edges between nodes named in order of birth
    for new in range(2, n):
        at = int(rng.integers(len(heads)))
        a, b = heads[at], tails[at]
        if rng.random() < 0.5:
            tails[at] = new
        else:
            heads.append(a)
            tails.append(new)
        heads.append(new)
        tails.append(b)
    return _renumber(n, np.array(heads), np.array(tails))


def _renumber(n: int, heads: NDArray[np.int64], tails: NDArray[np.int64]) -> Edges:
    """The same edges with nodes numbered by depth, so that sources come before targets."""
    depth = np.zeros(n, np.int64)
    while True:
        deeper = depth.copy()
        np.maximum.at(deeper, tails, depth[heads] + 1)
        if np.array_equal(deeper, depth):
            break
        depth = deeper
    rank = np.empty(n, np.int64)
    rank[np.argsort(depth, kind="stable")] = np.arange(n)
    return rank[heads], rank[tails]


FAMILIES: dict[str, Callable[[int, Rng], Edges]] = {
    "layered": _layered,
    "series-parallel": _series_parallel,
    "local window": _window,
    "sparse random": _sparse,
    "in-forest": _in_forest,
    "out-tree": _out_tree,
    "fork-join": _fork_join,
}


def generate(family: str, n: int, rng: Rng) -> Graph:
    """A random graph of N >= 2 nodes; sizes are uniform on 1 to 64 KiB, in whole KiB.

    Repeated edges count once. Raises `ValueError` for an unknown family or N < 2.
    """
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}; one of: {', '.join(FAMILIES)}")
    if n < 2:
        raise ValueError(f"a family needs at least 2 nodes, not {n}")
    sources, targets = FAMILIES[family](n, rng)
    keys = np.unique(targets * n + sources)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys // n, minlength=n), out=offsets[1:])
    return Graph.from_arrays(offsets, keys % n, rng.integers(1, 65, n) * KIB)
