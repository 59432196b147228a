"""Orders of a graph by policy, and what an order costs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.scheduler import native
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError

POLICIES = tuple(native.POLICIES)
TIES = tuple(native.TIES)
HEURISTICS = ("kahn", "random", "dfs", "greedy-free", "greedy-grow", "lpmf")
EXACT_SECONDS = 10.0  # of `exact` where no limit is given
EFFORT = 4_000_000  # node evaluations of the beam in `best`: about a second
STATES = 8_000_000  # failed sets that `exact` remembers: 64 MB for 64 nodes, 512 MB for 512
FLOW_WORK = 100_000_000  # arcs that the minimum-cut bound touches: about a second


@dataclass(frozen=True)
class Schedule:
    """An order of all nodes (ids) with its peak and a proven lower bound on every order's (bytes).

    `optimal` is true only with a proof that no order has a lower peak. `indices` is the order as
    node numbers; `states` counts what the searches visited.
    """

    order: tuple[str, ...]
    peak: int
    lower_bound: int
    optimal: bool
    indices: NDArray[np.int32] = field(repr=False, compare=False)
    states: int = field(default=0, repr=False, compare=False)


def schedule(
    graph: Graph,
    policy: str,
    *,
    seed: int = 0,
    time_limit: float | None = None,
    ties: str = "oldest",
    effort: int = EFFORT,
    states: int = STATES,
) -> Schedule:
    """A valid execution order by one of `POLICIES`.

    `kahn`: first ready, first run. `random`: uniform among the ready nodes at each step. `dfs`:
    demand-driven from the outputs. `greedy-free`: the ready node that frees most. `greedy-grow`:
    the one that raises live memory least. `lpmf`: least peak memory first. `serenity`: dynamic
    programming over sets of ready nodes. `best`: all heuristics, beam search, local search.
    `exact`: `best`, then branch and bound until proof or `time_limit` (seconds; 10 if None).
    `ties` decides between equals of the greedy rules: the node that became ready first
    (`oldest`), last (`newest`), the one that needs least (`smallest`), or `random`.

    All but `exact` and `serenity` depend on their arguments alone, not on the machine's speed,
    unless a time limit is given; those two as well where they finish.

    Raises `ValueError` for an unknown policy or ties, or a time limit that is not positive.
    Checked by: tests/scheduler/test_policies.py (brute force over all orders).
    """
    if policy not in native.POLICIES:
        raise ValueError(f"unknown policy {policy!r}; one of: {', '.join(POLICIES)}")
    if ties not in native.TIES:
        raise ValueError(f"unknown ties {ties!r}; one of: {', '.join(TIES)}")
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"a time limit must be a positive number of seconds, not {time_limit!r}")
    usual = EXACT_SECONDS if policy in ("exact", "serenity") else 0.0
    order, result = native.schedule(
        graph,
        policy,
        ties=ties,
        seed=seed,
        time_limit=usual if time_limit is None else float(time_limit),
        states=states,
        effort=effort,
        flow_work=FLOW_WORK,
    )
    ids = graph.ids
    return Schedule(
        tuple(ids[v] for v in order.tolist()),
        result.peak,
        result.lower_bound,
        bool(result.optimal),
        order,
        result.states,
    )


def topological_order(offsets: ArrayLike, inputs: ArrayLike) -> NDArray[np.int32]:
    """Kahn's order (first ready, first run) from arrays alone, without sizes, peak or bound.

    The inputs of node v are `inputs[offsets[v]:offsets[v + 1]]`. The order is that of the policy
    `kahn` of `schedule`. O(V + E).

    Shapes: `offsets` (N + 1,), from 0 to E; `inputs` (E,) node numbers; the result (N,). Arrays of
    int64 and int32 are read where they lie.

    Raises `ValueError` for malformed arrays or a cycle.

    Source: Kahn, "Topological sorting of large networks" (1962).
    Checked by: tests/scheduler/test_policies.py (the policy `kahn`, networkx).
    """
    starts, sources = np.asarray(offsets), np.asarray(inputs)
    if sources.dtype != np.int32:
        wide = sources.astype(np.int64)
        if wide.size and (wide.min() < 0 or wide.max() >= len(starts) - 1):
            raise GraphError("an input outside the graph")
        sources = wide.astype(np.int32)
    return native.topological(np.ascontiguousarray(starts, np.int64), np.ascontiguousarray(sources))


def peak_memory(graph: Graph, order: Iterable[str | int]) -> int:
    """The peak of an order (bytes): a node's output and workspace are there beside its inputs.

    `order` holds ids or node numbers. Raises `ValueError` unless it is a valid order of all nodes.
    Checked by: tests/scheduler/test_memory.py (sums over live intervals).
    """
    return native.profile(graph, graph.numbers(order))[0]


def memory_profile(
    graph: Graph, order: Iterable[str | int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bytes live while each step runs (N,), and behind each step (N,)."""
    return native.profile(graph, graph.numbers(order))[1:]


def live_intervals(graph: Graph, order: Iterable[str | int]) -> dict[str, tuple[int, int]]:
    """For each id the steps [birth, death) of `order` in which its value takes memory.

    A value is born at its node's step, and its last step is that of its last consumer; graph
    outputs and kept values live until the order ends.
    """
    births, deaths = native.intervals(graph, graph.numbers(order))
    pairs = zip(births.tolist(), deaths.tolist(), strict=True)
    return dict(zip(graph.ids, pairs, strict=True))


def lower_bound(graph: Graph, order: Iterable[str | int] | None = None) -> int:
    """A proven lower bound on the peak of every order (bytes), by minimum cuts.

    `order` only guides which cuts are looked at; a good one gives the bound sooner.
    """
    guide = native.schedule(
        graph, "lpmf", ties="oldest", seed=0, time_limit=0, states=1, effort=1, flow_work=0
    )[0]
    return native.bound(graph, guide if order is None else graph.numbers(order), FLOW_WORK)
