"""Seconds per order from a thousand to a million nodes, beside a straight O((V + E) log V)."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"curves": "scheduler/speed.npz"}
SHOWN = {"kahn": "first ready", "greedy-free": "frees most", "lpmf": "LPMF"}


def draw(theme: Theme, curves: Path) -> Figure:
    data = np.load(curves)
    nodes, work = data["nodes"], data["work"]
    picture, axes = plt.subplots(figsize=(WIDTH, 3.5))
    lines = {}
    for color, (policy, label) in enumerate(SHOWN.items()):
        (lines[label],) = axes.loglog(
            nodes, data[policy], "o-", color=theme.colors[color], markersize=5
        )
    guide = data["kahn"][-1] * work / work[-1] / 4
    axes.loglog(nodes, guide, "--", color=theme.muted, linewidth=1.2)
    axes.annotate("∝ (V + E) log V", (nodes[1], guide[1] / 2.4), color=theme.muted)
    axes.set_xlabel("nodes (three edges each)")
    axes.set_ylabel("time for one order (s)")
    axes.set_xlim(nodes[0] * 0.8, nodes[-1] * 9)
    axes.grid()
    label_lines(axes, lines)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
