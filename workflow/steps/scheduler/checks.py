"""The scheduler against the slow, plain truth: peaks, optima, bounds, and the theorems' claims."""

from pathlib import Path

import networkx as nx
import numpy as np

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.scheduler import Graph, live_intervals, lower_bound, peak_memory, schedule
from groundwork.scheduler.families import FAMILIES, generate
from groundwork.scheduler.fusion import fuse
from groundwork.scheduler.oracle import Oracle
from groundwork.scheduler.policies import POLICIES
from groundwork.scheduler.samples import small
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The slow, plain truth on small graphs."""

    seed: int = knob("Seed of every random draw in this step.", ge=0)
    small_graphs: int = knob(
        "Random graphs of 1 to 9 nodes against all sets of finished nodes.", ge=1
    )
    family_graphs: int = knob("Graphs of each family against the same.", ge=1)
    family_nodes: int = knob("Nodes of those.", ge=1)
    theorem_graphs: int = knob("Small graphs on which the theorems are tried.", ge=1)


def interval_peak(graph: Graph, order: tuple[str, ...]) -> int:
    """The peak as a sum over live intervals, step by step."""
    spans = live_intervals(graph, order)
    number = {name: v for v, name in enumerate(graph.ids)}
    usage = np.zeros(len(order), np.int64)
    for name, (birth, death) in spans.items():
        usage[birth:death] += graph.sizes[number[name]]
        usage[birth:] += graph.helds[number[name]]
    usage += graph.workspaces[[number[name] for name in order]]
    return int(usage.max(initial=0))


def optima(graph: Graph) -> tuple[int, int]:
    """Largest errors on one graph: of peaks (bytes), and of the exact search's optimum (bytes)."""
    oracle = Oracle(graph)
    least, peak_error, exact_error = oracle.least_peak(), 0, 0
    for policy in POLICIES:
        found = schedule(graph, policy)
        truths = (
            oracle.peak(found.indices.tolist()),
            interval_peak(graph, found.order),
            peak_memory(graph, found.order),
        )
        peak_error = max(peak_error, *(abs(found.peak - truth) for truth in truths))
        peak_error = max(peak_error, least - found.peak, found.lower_bound - least)
        if found.optimal or policy in ("exact", "serenity"):
            exact_error = max(exact_error, abs(found.peak - least))
    return peak_error, exact_error


def bound_error(graph: Graph) -> int:
    """How far the bound by maximum flow is from trying all closed sets (bytes).

    The search for the bound may stop at a node that cannot raise it above an order's peak, so the
    two agree exactly.
    """
    return abs(lower_bound(graph) - Oracle(graph).cut_bound())


def theorem_faults(graph: Graph, rng: np.random.Generator) -> int:
    """Counterexamples on one graph to submodularity and to safe moves, both ways."""
    oracle = Oracle(graph)
    sets = oracle.closed_sets()
    faults = 0
    for a, b in rng.choice(sets, (30, 2)).tolist():
        faults += oracle.live(a | b) + oracle.live(a & b) > oracle.live(a) + oracle.live(b)
    for done in rng.choice(sets, 30).tolist():
        best = oracle.to_go(done)
        for v in oracle.ready(done):
            after = done | 1 << v
            safe = oracle.live(after) <= oracle.live(done)
            if safe and oracle.live(done) + oracle.need(v) <= best:
                faults += oracle.to_go(after) > best
    return faults


def fusion_fault(graph: Graph, rng: np.random.Generator) -> bool:
    """Whether guarded fusion raised the least peak of a graph of pointwise operators."""
    ops = rng.choice(["aten.relu.default", "aten.mm.default"], len(graph), p=[0.8, 0.2]).tolist()
    marked = Graph.from_arrays(
        graph.offsets,
        graph.inputs,
        graph.sizes,
        workspaces=graph.workspaces,
        keeps=graph.keeps,
        helds=graph.helds,
        ops=ops,
    )
    return Oracle(fuse(marked, guard=True)).least_peak() > Oracle(marked).least_peak()


def invalid_orders(graph: Graph) -> int:
    """Orders that networkx does not accept as topological."""
    v = np.repeat(np.arange(len(graph)), np.diff(graph.offsets))
    peer = nx.DiGraph(zip(graph.inputs.tolist(), v.tolist(), strict=True))
    peer.add_nodes_from(range(len(graph)))
    wrong = 0
    for policy in ("kahn", "random", "dfs", "greedy-free", "greedy-grow", "lpmf", "best"):
        place = np.argsort(schedule(graph, policy).indices)
        wrong += any(place[a] >= place[b] for a, b in peer.edges)
    return wrong


def main(settings: Settings, *, native: Path) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    rng = stream(settings.seed, "scheduler", "checks")
    graphs = [small(rng) for _ in range(settings.small_graphs)]
    families = [
        generate(family, settings.family_nodes, rng)
        for family in FAMILIES
        for _ in range(settings.family_graphs)
    ]
    errors = np.array([optima(graph) for graph in graphs + families])
    few = graphs[: settings.theorem_graphs]
    n, m = len(errors), len(few)
    return {
        "peak_error": claim(int(errors[:, 0].max()), "B", "exact", n=n * len(POLICIES)),
        "exact_error": claim(int(errors[:, 1].max()), "B", "exact", n=n),
        "bound_error": claim(max(map(bound_error, few)), "B", "exact", n=m),
        "theorem_faults": claim(sum(theorem_faults(g, rng) for g in few), "", "exact", n=60 * m),
        "fusion_faults": claim(sum(fusion_fault(g, rng) for g in few), "", "exact", n=m),
        "invalid_orders": claim(sum(map(invalid_orders, graphs)), "", "exact", n=len(graphs)),
        "graphs": claim(n, "", "exact"),
        "theorem_graphs": claim(m, "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
