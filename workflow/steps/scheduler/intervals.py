"""One small graph under two orders: live intervals, addresses, memory by step."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.scheduler import Graph, live_intervals, memory_profile, schedule
from groundwork.scheduler.arena import pack
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

KIB = 1024


class Settings(step.Settings):
    """The small graph whose live intervals are drawn."""

    branches: int = knob("Parallel branches.", ge=2, le=8)
    wide: int = knob("KiB of what a branch computes first.", ge=1)
    narrow: int = knob("KiB of what it leaves.", ge=1)


def branching(branches: int, wide: int, narrow: int) -> Graph:
    """Branches that each widen an input and reduce it again, and a sum of what they leave."""
    nodes = [{"id": "x", "size": narrow * KIB}]
    for k in range(branches):
        name = chr(ord("a") + k)
        nodes.append({"id": name, "size": wide * KIB, "inputs": ["x"]})
        nodes.append({"id": f"{name}'", "size": narrow * KIB, "inputs": [name]})
    reduced = [f"{chr(ord('a') + k)}'" for k in range(branches)]
    nodes.append({"id": "y", "size": narrow * KIB, "inputs": reduced})
    return Graph.from_dict({"nodes": nodes})


def main(settings: Settings, *, native: Path, arrays: step.Out) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    graph = branching(settings.branches, settings.wide, settings.narrow)
    found: dict[str, object] = {"ids": list(graph.ids), "sizes": graph.sizes}
    claims = {}
    for name, policy in (("first", "kahn"), ("best", "exact")):
        order = schedule(graph, policy)
        spans = np.array(list(live_intervals(graph, order.order).values()))
        found[f"{name}_births"], found[f"{name}_deaths"] = spans.T
        found[f"{name}_address"] = pack(graph, order.order)[0]
        found[f"{name}_during"] = memory_profile(graph, order.order)[0]
        claims[f"{name}_peak"] = claim(order.peak // KIB, "KiB", "exact")
    write_arrays(arrays, found)
    return claims


if __name__ == "__main__":
    step.run(main)
