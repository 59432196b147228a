"""How far each policy is from the proven optimum, how often and how fast the proof comes."""

import time
from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.scheduler.families import FAMILIES, generate
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.policies import HEURISTICS, lower_bound, schedule
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

COLUMNS = (*HEURISTICS, "best")


class Settings(step.Settings):
    """Proofs of optimality, gaps, SERENITY's dynamic programming."""

    seed: int = knob("Seed of every random draw in this step.", ge=0)
    graphs: int = knob("Random graphs per family and size.", ge=1)
    nodes: list[bounded(int, ge=2, le=10000000)] = knob(
        "Nodes of the graphs that `exact` is to solve.", min_length=1
    )
    time_limits: list[bounded(float, gt=0, le=3600)] = knob(
        "Seconds that `exact` may take for a graph of each size; one entry for each of nodes.",
        min_length=1,
    )
    rival_nodes: int = knob(
        "Nodes of the graphs on which SERENITY's dynamic programming runs too.", ge=1
    )
    rival_graphs: int = knob("Graphs per family for that comparison.", ge=1)
    rival_limit: float = knob("Seconds that either may take for a graph.", gt=0, le=3600)


def measure(graph: Graph, limit: float) -> dict[str, float]:
    """Peaks over the optimum (or over the proven bound), seconds, and whether it was proven."""
    start = time.perf_counter()
    exact = schedule(graph, "exact", time_limit=limit)
    seconds = time.perf_counter() - start
    floor = exact.lower_bound
    row = {policy: schedule(graph, policy).peak / floor for policy in COLUMNS}
    bound = lower_bound(graph, exact.indices) / exact.peak
    return {**row, "seconds": seconds, "proven": float(exact.optimal), "bound": bound}


def rival(graph: Graph, limit: float) -> tuple[bool, float, float]:
    """SERENITY on one graph: solved?, its seconds, and those of the exact search here."""
    start = time.perf_counter()
    theirs = schedule(graph, "serenity", time_limit=limit)
    middle = time.perf_counter()
    ours = schedule(graph, "exact", time_limit=limit)
    end = time.perf_counter()
    if theirs.optimal and ours.optimal and theirs.peak != ours.peak:
        raise RuntimeError("two proofs of different optima")
    return theirs.optimal, middle - start, end - middle


def main(settings: Settings, *, native: Path, table: step.Out, arrays: step.Out) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    if len(settings.time_limits) != len(settings.nodes):
        raise ValueError("time_limits must hold one limit for each entry of nodes")
    families, names = list(FAMILIES), (*COLUMNS, "seconds", "proven", "bound")
    values = np.empty((len(families), len(settings.nodes), settings.graphs, len(names)))
    for f, n, k in np.ndindex(*values.shape[:3]):
        nodes = settings.nodes[n]
        rng = stream(settings.seed, "scheduler", "optimality", families[f], nodes, k)
        found = measure(generate(families[f], nodes, rng), settings.time_limits[n])
        values[f, n, k] = [found[name] for name in names]
    column = {name: values[..., at] for at, name in enumerate(names)}
    rows = []
    for f, family in enumerate(families):
        for n, nodes in enumerate(settings.nodes):
            of = {name: column[name][f, n] for name in names}
            means = [of[name].mean() for name in ("bound", *COLUMNS)]
            rows.append((family, nodes, 100 * of["proven"].mean(), of["seconds"].max(), *means))
    words = [name.replace("-", "_") for name in COLUMNS]
    write_table(table, rows, ["family", "nodes", "proven", "slowest", "bound", *words])
    write_arrays(arrays, {"gap": values, "names": names, "families": families})
    return {**_claims(settings, column), **_rival_claims(settings, families)}


def _claims(settings, column):  # type: ignore[no-untyped-def]
    cases = column["best"][:, 0].size
    claims = {
        "small_nodes": claim(settings.nodes[0], "", "exact"),
        "large_nodes": claim(settings.nodes[-1], "", "exact"),
        "time_limit": claim(settings.time_limits[0], "s", "exact"),
        "large_limit": claim(settings.time_limits[-1], "s", "exact"),
        "cases": claim(cases, "", "exact"),
    }
    for size, at in (("small", 0), ("large", len(settings.nodes) - 1)):
        part = {name: values[:, at] for name, values in column.items()}
        claims[f"{size}_proven"] = claim(100 * part["proven"].mean(), "%", n=cases)
        claims[f"{size}_slowest"] = claim(part["seconds"].max(), "s", n=cases)
        claims[f"{size}_best_gap"] = claim(100 * (part["best"].mean() - 1), "%", n=cases)
    small = {name: 100 * (values[:, 0] - 1) for name, values in column.items()}
    for name in ("kahn", "dfs", "greedy-free", "greedy-grow", "lpmf"):
        low, high = np.quantile(small[name], [0.25, 0.75])
        label = f"gap_{name.replace('-', '_')}"
        claims[label] = claim(small[name].mean(), "%", "exact", n=cases, spread=(low, high))
    claims["best_worst_gap"] = claim(small["best"].max(), "%", "exact", n=cases)
    tight = column["bound"]
    claims["bound_mean"] = claim(100 * tight.mean(), "%", n=tight.size)
    claims["bound_tight"] = claim(100 * (tight == 1).mean(), "%", n=tight.size)
    return claims


def _rival_claims(settings, families):  # type: ignore[no-untyped-def]
    runs = [
        rival(
            generate(
                family,
                settings.rival_nodes,
                stream(settings.seed, "scheduler", "rival", family, k),
            ),
            settings.rival_limit,
        )
        for family in families
        for k in range(settings.rival_graphs)
    ]
    solved, theirs, ours = (np.array(values) for values in zip(*runs, strict=True))
    ratios = theirs / ours
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return {
        "rival_solved": claim(100 * solved.mean(), "%", n=len(runs)),
        "rival_ratio": claim(middle, "×", n=len(runs), spread=(low, high)),
    }


if __name__ == "__main__":
    step.run(main)
