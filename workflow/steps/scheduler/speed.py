"""Seconds per order from a thousand to a million nodes, beside networkx; memory of the command."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np

from groundwork.core.claims import claim, measured
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import growth, interleave, ratio, summary
from groundwork.scheduler import native
from groundwork.scheduler.families import generate
from groundwork.scheduler.graph import Graph
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

POLICIES = ("kahn", "greedy-free", "greedy-grow", "lpmf")
FAMILY = "local window"  # three inputs a node, so E is about 3 N


class Settings(step.Settings):
    """Cost curves, networkx, memory of the command."""

    seed: int = knob("Seed of every random draw in this step.", ge=0)
    nodes: list[bounded(int, ge=2, le=10000000)] = knob(
        "Sizes of the cost curve, about three edges a node.", min_length=1
    )
    repeats: list[bounded(int, ge=1)] = knob(
        "Timed rounds at each size, policies in turn; one entry for each of nodes.", min_length=1
    )
    rival_nodes: int = knob("Nodes of the graph on which networkx runs too.", ge=1)
    rival_repeats: int = knob("Timed rounds beside networkx.", ge=1)
    command_nodes: int = knob("Nodes of the JSON file whose planning's memory is measured.", ge=1)


def order(graph: Graph, policy: str) -> np.ndarray:
    """Node numbers of an order: what is timed, from arrays to arrays, checks included."""
    return native.schedule(
        graph,
        policy,
        ties="oldest",
        seed=0,
        time_limit=0,
        states=1,
        effort=1,
        flow_work=0,
    )[0]


def rivals(graph: Graph) -> dict[str, Callable[[], object]]:
    """The policies, each ready to be timed."""
    return {policy: lambda policy=policy: order(graph, policy) for policy in POLICIES}


def networkx_graph(graph: Graph) -> nx.DiGraph:
    """The same graph for networkx, built outside the timed part."""
    targets = np.repeat(np.arange(len(graph)), np.diff(graph.offsets))
    peer = nx.DiGraph()
    peer.add_nodes_from(range(len(graph)))
    peer.add_edges_from(zip(graph.inputs.tolist(), targets.tolist(), strict=True))
    return peer


def command(nodes: int, seed: int) -> tuple[float, float]:
    """Highest resident memory (GB) and seconds of `graph-schedule plan` on a JSON file."""
    graph = generate(FAMILY, nodes, stream(seed, "scheduler", "command"))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "graph.json")
        with open(source, "w", encoding="utf-8") as file:
            _write(graph, file)
        del graph
        words = ["-m", "groundwork.scheduler.cli", "plan", str(source), "--json"]
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *words, "--policy", "greedy-free", "--out", str(Path(folder, "plan"))]
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"graph-schedule ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB on Linux
    return usage.ru_maxrss * unit / 1e9, time.perf_counter() - start


def _write(graph: Graph, file) -> None:  # type: ignore[no-untyped-def]
    """A graph as JSON, one node a line, without holding the text."""
    offsets, inputs, sizes = graph.offsets.tolist(), graph.inputs.tolist(), graph.sizes.tolist()
    file.write('{"nodes": [\n')
    for v, size in enumerate(sizes):
        read = [f"n{u}" for u in inputs[offsets[v] : offsets[v + 1]]]
        comma = "," if v + 1 < len(sizes) else ""
        file.write(json.dumps({"id": f"n{v}", "size": size, "inputs": read}) + comma + "\n")
    file.write("]}\n")


def beside_networkx(settings: Settings) -> dict[str, list[float]]:
    """Seconds of networkx's topological sort, ours, and two policies on one graph, in turn."""
    rng = stream(settings.seed, "scheduler", "peer")
    graph = generate(FAMILY, settings.rival_nodes, rng)
    peer = networkx_graph(graph)
    return interleave(
        {
            "networkx": lambda: list(nx.topological_sort(peer)),
            "sort": lambda: native.topological(graph.offsets, graph.inputs),
            "kahn": lambda: order(graph, "kahn"),
            "greedy": lambda: order(graph, "greedy-free"),
        },
        repeats=settings.rival_repeats,
    )


def main(settings: Settings, *, native: Path, table: step.Out, arrays: step.Out) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    seconds: dict[str, list[list[float]]] = {policy: [] for policy in POLICIES}
    work, edges = [], []
    for nodes, repeats in zip(settings.nodes, settings.repeats, strict=True):
        graph = generate(FAMILY, nodes, stream(settings.seed, "scheduler", "speed", nodes))
        samples = interleave(rivals(graph), repeats=repeats)
        for policy in POLICIES:
            seconds[policy].append(samples[policy])
        work.append((nodes + graph.edges) * math.log2(nodes))
        edges.append(graph.edges)
        del graph
    pair = beside_networkx(settings)
    medians = {policy: [float(np.median(s)) for s in lists] for policy, lists in seconds.items()}
    rows = [
        (nodes, edges[at], *(1e3 * medians[policy][at] for policy in POLICIES))
        for at, nodes in enumerate(settings.nodes)
    ]
    words = [policy.replace("-", "_") for policy in POLICIES]
    write_table(table, rows, ["nodes", "edges", *words])
    write_arrays(arrays, {"nodes": settings.nodes, "work": work, **medians})
    return _claims(settings, seconds, work, edges, pair)


def _claims(settings, seconds, work, edges, pair):  # type: ignore[no-untyped-def]
    memory, whole = command(settings.command_nodes, settings.seed)
    claims = {
        "threads": claim(1, "", "exact"),
        "small_nodes": claim(settings.nodes[0], "", "exact"),
        "large_nodes": claim(settings.nodes[-1], "", "exact"),
        "large_edges": claim(edges[-1], "", "exact"),
        "small_greedy": measured(summary(1e3 * s for s in seconds["greedy-free"][0]), "ms"),
        "command_memory": claim(memory, "GB"),
        "command_seconds": claim(whole, "s"),
    }
    for policy in POLICIES:
        slug = policy.replace("-", "_")
        claims[f"large_{slug}"] = measured(summary(seconds[policy][-1]), "s")
        # 1 where cost grows as the work does
        claims[f"exponent_{slug}"] = measured(growth(work, seconds[policy]), "")
    for name in ("sort", "kahn", "greedy"):
        claims[f"networkx_{name}"] = measured(ratio(pair["networkx"], pair[name]))
    return claims


if __name__ == "__main__":
    step.run(main)
