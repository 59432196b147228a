"""The recorded training step, scheduled by room 2.1: its peak in the recorded and other orders."""

from pathlib import Path
from typing import Literal

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.policies import memory_profile, peak_memory, schedule
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The recorded training step, scheduled by room 2.1."""

    policies: list[Literal["kahn", "dfs", "greedy-free", "greedy-grow", "best"]] = knob(
        "The scheduler's policies to compare.", min_length=1
    )
    random_orders: int = knob("Random valid orders drawn.", ge=1)
    time_limit: float = knob("Seconds for the proof of optimality.", gt=0)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(
    settings: Settings,
    *,
    graph: Path,
    native: Path,
    arrays: step.Out,
    table: step.Out,
) -> step.Claims:
    """Peaks by policy (into `table`), and the live memory along two orders (into `arrays`)."""
    del native  # the library's path is for the step's own set-up
    whole = Graph.from_json(graph)
    recorded = list(range(len(whole)))  # the tape's own order is the file's
    peaks = {"recorded": peak_memory(whole, recorded)}
    found = {policy: schedule(whole, policy, seed=settings.seed) for policy in settings.policies}
    exact = schedule(whole, "exact", time_limit=settings.time_limit)
    peaks |= {policy: plan.peak for policy, plan in found.items()} | {"exact": exact.peak}
    drawn = [
        schedule(whole, "random", seed=settings.seed + i) for i in range(settings.random_orders)
    ]
    rows = [{"order": name, "megabytes": peak / 1e6} for name, peak in peaks.items()]
    random = np.array([plan.peak for plan in drawn])
    rows.append({"order": "random (mean)", "megabytes": random.mean() / 1e6})
    write_table(table, rows)
    write_arrays(
        arrays,
        {
            "recorded": memory_profile(whole, recorded)[0],
            "lower_bound": np.array(exact.lower_bound),
            "random": memory_profile(whole, drawn[0].order)[0],
        },
    )
    return {
        "recorded": claim(peaks["recorded"] / 1e6, "MB", "exact"),
        "best": claim(exact.peak / 1e6, "MB", "exact"),
        "lower_bound": claim(exact.lower_bound / 1e6, "MB", "exact"),
        "proof": claim("proven" if exact.optimal else "not proven"),
        "random": claim(
            random.mean() / 1e6,
            "MB",
            "exact",
            n=len(random),
            spread=(random.min() / 1e6, random.max() / 1e6),
        ),
        "saved": claim(100 * (1 - exact.peak / peaks["recorded"]), "%", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
