"""Distance of each policy from the proven optimum, one point per random graph."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"optimality": "scheduler/optimality.npz"}
SHOWN = {
    "random": "random",
    "kahn": "first ready",
    "dfs": "depth first",
    "lpmf": "LPMF",
    "greedy-grow": "grows least",
    "greedy-free": "frees most",
    "best": "best",
}


def draw(theme: Theme, optimality: Path) -> Figure:
    data = np.load(optimality)
    names = data["names"].tolist()
    gap = data["gap"][:, 0]  # families, graphs, names, at the smallest N
    spread = np.random.default_rng(0)  # only sideways, so that points do not hide one another
    picture, axes = plt.subplots(figsize=(WIDTH, 3.8))
    for row, policy in enumerate(reversed(SHOWN)):
        values = 100 * (gap[:, :, names.index(policy)].ravel() - 1)
        height = row + spread.uniform(-0.25, 0.25, len(values))
        axes.scatter(values, height, s=9, color=theme.colors[0], alpha=0.45, linewidths=0)
        mean = values.mean()
        axes.plot([mean, mean], [row - 0.38, row + 0.38], color=theme.colors[1], linewidth=2.4)
        axes.annotate(
            f"{mean:.0f} %" if mean >= 1 else f"{mean:.1f} %",
            (1.01, row),
            xycoords=("axes fraction", "data"),
            color=theme.colors[1],
            va="center",
        )
    axes.set_yticks(range(len(SHOWN)), list(SHOWN.values())[::-1])
    axes.set_xscale("symlog", linthresh=10)
    axes.set_xticks([0, 5, 10, 50, 100, 500], ["0", "5", "10", "50", "100", "500"])
    axes.set_xlim(-0.6, None)
    axes.set_xlabel("peak above the optimum (%); bars and numbers: means")
    axes.grid(axis="x")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
