"""Peak memory by policy and family of random graphs, as a share of the mean random order's peak."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.scheduler.families import FAMILIES, generate
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.policies import TIES, schedule
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

POLICIES = ("kahn", "dfs", "greedy-free", "greedy-grow", "lpmf", "best")
COLUMNS = ("best of random", *POLICIES)
GREEDY = ("greedy-free", "greedy-grow")


class Settings(step.Settings):
    """Peaks by policy and family of random graphs."""

    seed: int = knob("Seed of every random draw in this step.", ge=0)
    graphs: int = knob("Random graphs per family and size.", ge=1)
    nodes: list[bounded(int, ge=2, le=10000000)] = knob("The curriculum's two sizes.", min_length=1)
    random_orders: int = knob("Random valid orders per graph, whose mean peak is the unit.", ge=1)


def shares(graph: Graph, orders: int) -> tuple[list[float], list[list[float]], bool]:
    """Peaks over the mean random peak: of each column, of each greedy rule by ties; proven?"""
    peaks = [schedule(graph, "random", seed=k).peak for k in range(orders)]
    usual = float(np.mean(peaks))
    found = {policy: schedule(graph, policy) for policy in POLICIES}
    row = [min(peaks) / usual, *(found[policy].peak / usual for policy in POLICIES)]
    ties = [[schedule(graph, rule, ties=t).peak / usual for t in TIES] for rule in GREEDY]
    return row, ties, found["best"].optimal


def interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean and the half-width-1.96 normal interval of the mean over graphs."""
    mean = float(values.mean())
    half = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return mean, mean - half, mean + half


def worded(values: NDArray[np.float64]) -> str:
    mean, low, _ = interval(values)
    return f"{mean:.2f} ± {mean - low:.2f}"


def main(
    settings: Settings, *, native: Path, table: step.Out, ties: step.Out, arrays: step.Out
) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    families = list(FAMILIES)
    shape = (len(families), len(settings.nodes), settings.graphs)
    share = np.empty((*shape, len(COLUMNS)))
    by_ties = np.empty((*shape, len(GREEDY), len(TIES)))
    proven = np.empty(shape, bool)
    for f, n, k in np.ndindex(*shape):
        nodes = settings.nodes[n]
        rng = stream(settings.seed, "scheduler", "families", families[f], nodes, k)
        graph = generate(families[f], nodes, rng)
        share[f, n, k], by_ties[f, n, k], proven[f, n, k] = shares(graph, settings.random_orders)
    rows = [
        (family, count, *map(worded, share[f, n].T))
        for f, family in enumerate(families)
        for n, count in enumerate(settings.nodes)
    ]
    words = [name.replace(" ", "_").replace("-", "_") for name in COLUMNS]
    write_table(table, rows, ["family", "nodes", *words])
    # One row per family and rule, one column per tie-break, at the largest N.
    rows = [
        (family, rule, *map(worded, by_ties[f, -1, :, r].T))
        for f, family in enumerate(families)
        for r, rule in enumerate(GREEDY)
    ]
    write_table(ties, rows, ["family", "rule", *TIES])
    write_arrays(
        arrays,
        {
            "share": share,
            "families": families,
            "nodes": settings.nodes,
            "columns": COLUMNS,
        },
    )
    return _claims(settings, families, share, by_ties, proven)


def _claims(settings, families, share, by_ties, proven):  # type: ignore[no-untyped-def]
    large = share[:, -1]  # families, graphs, columns at the largest N

    def of(family: str, column: str):  # type: ignore[no-untyped-def]
        mean, low, high = interval(large[families.index(family), :, COLUMNS.index(column)])
        return claim(mean, "", "exact", n=settings.graphs, spread=(low, high))

    spread = by_ties[:, -1].mean(axis=1)  # families, rules, ties
    most = float((spread.max(axis=2) - spread.min(axis=2)).max())
    return {
        "largest_nodes": claim(settings.nodes[-1], "", "exact"),
        "forest_free": of("in-forest", "greedy-free"),
        "forest_grow": of("in-forest", "greedy-grow"),
        "forest_dfs": of("in-forest", "dfs"),
        "forest_kahn": of("in-forest", "kahn"),
        "forest_best": of("in-forest", "best"),
        "window_free": of("local window", "greedy-free"),
        "window_grow": of("local window", "greedy-grow"),
        "window_best": of("local window", "best"),
        "window_random_best": of("local window", "best of random"),
        "tree_free": of("out-tree", "greedy-free"),
        "tree_best": of("out-tree", "best"),
        "sparse_free": of("sparse random", "greedy-free"),
        "sparse_best": of("sparse random", "best"),
        "layered_grow": of("layered", "greedy-grow"),
        "tie_break_effect": claim(most, "", "exact", n=len(families) * len(GREEDY)),
        "best_proven": claim(100 * float(proven.mean()), "%", "exact", n=proven.size),
    }


if __name__ == "__main__":
    step.run(main)
