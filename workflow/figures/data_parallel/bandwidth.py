"""Seconds of an all-reduce by size: our ring and the backend's, one panel a number of ranks."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"times": "data_parallel/bandwidth.csv"}
NAMES = {"ring": ("our ring", "-", "o"), "library": ("gloo", "--", "s")}


def draw(theme: Theme, times: Path) -> Figure:
    with open(times, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["ring"]]
    counts = sorted({int(row["ranks"]) for row in rows})
    picture, panels = plt.subplots(
        len(counts), 1, figsize=(WIDTH, 2.7 * len(counts)), squeeze=False, sharex=True
    )
    for axes, ranks in zip(panels[:, 0], counts, strict=True):
        mine = [row for row in rows if int(row["ranks"]) == ranks]
        sizes = [int(row["bytes"]) / 2**20 for row in mine]
        lines = {}
        for (name, (label, style, marker)), color in zip(NAMES.items(), theme.colors, strict=False):
            middle, low, high = (
                [1e3 * float(row[name + end]) for row in mine] for end in ("", "_low", "_high")
            )
            axes.fill_between(sizes, low, high, color=color, alpha=0.2, linewidth=0)
            (lines[label],) = axes.plot(
                sizes, middle, style, marker=marker, color=color, markersize=5
            )
        axes.set(xscale="log", yscale="log", ylabel="ms", title=f"{ranks} ranks")
        axes.grid(True)
        label_lines(axes, lines)
    panels[-1, 0].set_xlabel("tensor, MiB")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
