"""Simulated: all-reduces of a large model's gradients on up to thousands of ranks."""

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.data_parallel.cost import Link, all_reduce_time, hierarchical_time
from groundwork.data_parallel.simulate import (
    Network,
    hierarchical_finish,
    node_links,
    node_ring_finish,
    overlapped,
    ring_program,
    tree_program,
)
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Connection(step.Settings):
    """A link, one direction"""

    bandwidth: float = knob("bandwidth", unit="GB/s", gt=0)
    latency: float = knob("latency", unit="µs", ge=0)


class Settings(step.Settings):
    """Simulated scaling"""

    parameters: float = knob("parameters of the model", gt=0)
    bytes_per_gradient: int = knob("bytes of a gradient", ge=1, le=8)
    fast: Connection = knob("links within a node")
    slow: Connection = knob("the one link out of a node")
    per_node: int = knob("ranks of a node", ge=1)
    ranks: list[bounded(int, ge=2)] = knob("numbers of ranks", min_length=2)  # type: ignore[valid-type]
    buckets: int = knob("buckets of gradients", ge=1)
    compute: float = knob("forward and backward pass of a rank", unit="s", gt=0)
    jitter: float = knob("standard deviation of the logarithm of that time", ge=0)
    slowdown: float = knob("how many times as long one straggler computes", ge=1)
    draws: int = knob("steps simulated with jitter", ge=1)
    checked: list[bounded(int, ge=2)] = knob(
        "numbers of ranks simulated message by message too", min_length=1
    )  # type: ignore[valid-type]
    seed: int = knob("seed of the jitter", ge=0)


def link(of: Connection) -> Link:
    return Link(of.bandwidth * 1e9, of.latency * 1e-6)


class Machine:
    """All-reduces of one tensor on so many ranks, from when each rank has it."""

    def __init__(self, settings: Settings, ranks: int) -> None:
        self.fast, self.slow = link(settings.fast), link(settings.slow)
        self.ranks, self.g = ranks, min(settings.per_node, ranks)

    def ring(self, starts: np.ndarray, size: float) -> np.ndarray:
        slow = self.slow if self.ranks > self.g else self.fast
        return node_ring_finish(starts, size, self.fast, slow, self.g)

    def hierarchical(self, starts: np.ndarray, size: float) -> np.ndarray:
        nodes = starts.reshape(*starts.shape[:-1], self.ranks // self.g, self.g)
        return hierarchical_finish(nodes, size, self.fast, self.slow).reshape(starts.shape)

    def tree(self, starts: np.ndarray, size: float) -> np.ndarray:
        network = Network(node_links(self.fast, self.slow, self.g))
        programs = [tree_program(rank, self.ranks, size) for rank in range(self.ranks)]
        return network.run(programs, starts.tolist())


def step_seconds(
    settings: Settings, machine: Machine, compute: np.ndarray, overlap: np.ndarray
) -> np.ndarray:
    """Seconds of several steps: each with its ranks' compute times, a third of them forward.

    Shapes: compute (steps, N), overlap (steps,) boolean, to (steps,).
    """
    size = settings.parameters * settings.bytes_per_gradient / settings.buckets
    share = np.arange(1, settings.buckets + 1)[:, None] / settings.buckets  # (buckets, 1)
    there = np.where(overlap, 1 / 3 + 2 / 3 * share, 1.0)  # (buckets, steps)
    ready = there[..., None] * compute  # (buckets, steps, N)
    return overlapped(ready, lambda starts: machine.hierarchical(starts, size)).max(axis=-1)


def check(settings: Settings) -> float:
    """The largest relative difference of rounds from single messages and from closed forms."""
    worst, size = 0.0, settings.parameters * settings.bytes_per_gradient
    for ranks in settings.checked:
        machine = Machine(settings, ranks)
        zeros = np.zeros(ranks)
        slow = machine.slow if ranks > machine.g else machine.fast
        network = Network(node_links(machine.fast, slow, machine.g))
        events = network.run([ring_program(r, ranks, size) for r in range(ranks)]).max()
        worst = max(worst, abs(machine.ring(zeros, size).max() / events - 1))
        nodes = ranks // machine.g
        form = hierarchical_time(size, machine.fast, machine.slow, nodes, machine.g)
        worst = max(worst, abs(machine.hierarchical(zeros, size).max() / form - 1))
        if nodes == 1:
            ring = all_reduce_time(size, machine.fast.bandwidth, machine.fast.latency, ranks)
            worst = max(worst, abs(events / ring - 1))
    return worst


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    rng = stream(settings.seed, "jitter")
    size = settings.parameters * settings.bytes_per_gradient
    lines = ["ranks,ring,tree,hierarchical,alone,overlapped,jitter,straggler"]
    rows = {}
    for ranks in settings.ranks:
        machine, zeros = Machine(settings, ranks), np.zeros(ranks)
        reduce = [m(zeros, size).max() for m in (machine.ring, machine.tree, machine.hierarchical)]
        even = np.full(ranks, settings.compute)
        late = even.copy()
        late[ranks // 2] *= settings.slowdown
        shaken = [even * rng.lognormal(0, settings.jitter, ranks) for _ in range(settings.draws)]
        overlap = np.array([False, True, True, *(True for _ in shaken)])
        alone, hidden, slow, *jitter = step_seconds(
            settings, machine, np.array([even, even, late, *shaken]), overlap
        )
        rows[ranks] = [float(v) for v in (*reduce, alone, hidden, np.mean(jitter), slow)]
        lines.append(",".join([str(ranks), *map(repr, rows[ranks])]))
    table.write_text("\n".join(lines) + "\n")
    ring, tree, hierarchical, alone, hidden, shaken, late = rows[max(settings.ranks)]
    share = 100 * settings.compute
    return {
        "check": claim(check(settings), kind="simulated"),
        "ring": claim(ring, "s", "simulated"),
        "tree": claim(tree, "s", "simulated"),
        "hierarchical": claim(hierarchical, "s", "simulated"),
        "efficiency_alone": claim(share / alone, "%", "simulated"),
        "efficiency_overlapped": claim(share / hidden, "%", "simulated"),
        "efficiency_jitter": claim(share / shaken, "%", "simulated"),
        "efficiency_straggler": claim(share / late, "%", "simulated"),
    }


if __name__ == "__main__":
    step.run(main)
