"""Least peaks of traced networks before and after fusion and in-place rewriting."""

import csv
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"rewritten": "scheduler/real_rewritten.csv"}
SHOWN = {"guarded": "guarded fusion", "in_place": "in place", "both": "both"}
HATCHES = ("", "//", "xx")


def draw(theme: Theme, rewritten: Path) -> Figure:
    with open(rewritten, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    picture, axes = plt.subplots(figsize=(WIDTH, 5.4))
    places = np.arange(len(rows))[::-1]
    for at, (key, label) in enumerate(SHOWN.items()):
        share = [float(row[f"{key}_peak"]) / float(row["before_peak"]) for row in rows]
        bars = axes.barh(
            places + 0.26 * (1 - at),
            share,
            0.24,
            color=theme.colors[at],
            edgecolor=theme.paper,
            hatch=HATCHES[at],
            label=label,
        )
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=10, color=theme.ink)
    axes.axvline(1, color=theme.muted, linewidth=1, linestyle="--")
    axes.set_yticks(places, ["\n".join(row["graph"].rsplit(" ", 1)) for row in rows])
    axes.set_xlim(0, 1.18)
    axes.set_xlabel("least peak after rewriting / before")
    axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(-0.34, 1.0), columnspacing=1.0)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
