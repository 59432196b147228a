"""Small random graphs with every feature (kept values, workspace, held bytes), for checks."""

import numpy as np

from groundwork.scheduler.graph import Graph


def small(rng: np.random.Generator, most: int = 9) -> Graph:
    """A graph of 1 to `most` nodes, any wiring, numbered in no particular order."""
    n = int(rng.integers(1, most + 1))
    chance, top = rng.random(), int(rng.choice([2, 10, 1000]))
    names = rng.permutation(n)
    inputs: list[list[int]] = [[] for _ in range(n)]
    for v in range(n):
        inputs[names[v]] = [int(names[u]) for u in range(v) if rng.random() < chance]
    return Graph.from_arrays(
        np.cumsum([0, *map(len, inputs)]),
        [u for read in inputs for u in read],
        rng.integers(0, top, n),
        workspaces=rng.integers(0, top, n) * (rng.random(n) < 0.3),
        keeps=rng.random(n) < 0.15,
        helds=rng.integers(0, top, n) * (rng.random(n) < 0.2),
    )
