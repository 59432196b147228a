"""Peak by policy and family of random graphs, as a share of the mean random order's peak."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"shares": "scheduler/families.npz"}
SHOWN = {
    "kahn": ("first ready", "s", 0),
    "greedy-grow": ("grows least", "^", 1),
    "greedy-free": ("frees most", "o", 2),
    "best": ("best", "D", 3),
}


def draw(theme: Theme, shares: Path) -> Figure:
    data = np.load(shares)
    families, columns = data["families"].tolist(), data["columns"].tolist()
    share = data["share"][:, -1]  # families, graphs, columns, at the larger N
    picture, axes = plt.subplots(figsize=(WIDTH, 4.4))
    axes.axvline(1, color=theme.muted, linewidth=1, linestyle="--")
    rows = np.arange(len(families))[::-1]
    for policy, (label, marker, color) in SHOWN.items():
        values = share[:, :, columns.index(policy)]
        mean, half = values.mean(axis=1), 1.96 * values.std(axis=1) / np.sqrt(values.shape[1])
        shade = theme.colors[color]
        axes.errorbar(
            mean,
            rows,
            xerr=half,
            fmt=marker,
            color=shade,
            markersize=6,
            elinewidth=1.2,
            label=label,
        )
    axes.set_yticks(rows, families)
    axes.set_xlim(0, 1.3)
    axes.set_xlabel("peak memory / mean peak of random orders")
    axes.set_title(f"N = {int(data['nodes'][-1])}", loc="right")
    axes.grid(axis="x")
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(-0.1, 1.0), columnspacing=1.2)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
