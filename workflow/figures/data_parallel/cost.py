"""The α–β model over measured all-reduces, and what it is off by."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"cost": "data_parallel/cost.csv"}


def draw(theme: Theme, cost: Path) -> Figure:
    with open(cost, newline="", encoding="utf-8") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    picture, (top, bottom) = plt.subplots(
        2, 1, figsize=(WIDTH, 6.0), height_ratios=(1.7, 1), sharex=True
    )
    lines = {}
    counts = sorted({int(row["ranks"]) for row in rows})
    for ranks, color in zip(counts, theme.colors, strict=False):
        mine = [row for row in rows if row["ranks"] == ranks]
        sizes = [row["bytes"] / 2**20 for row in mine]
        (lines[f"{ranks} ranks"],) = top.plot(
            sizes, [1e3 * row["predicted"] for row in mine], color=color, linewidth=1.3
        )
        for row, size in zip(mine, sizes, strict=True):
            face = theme.paper if row["held"] else color
            mark = {"color": color, "markerfacecolor": face, "markersize": 6}
            top.plot(size, 1e3 * row["seconds"], "o", **mark)
            bottom.plot(size, row["off"], "o", **mark)
    bottom.axhspan(-25, 25, color=theme.muted, alpha=0.15, linewidth=0)
    bottom.axhline(0, color=theme.muted, linewidth=1)
    top.set(xscale="log", yscale="log", ylabel="ms", title="model (lines) and measured")
    bottom.set(xlabel="tensor, MiB", ylabel="model off by, %")
    bottom.set_title("hollow: kept out of the fit", fontsize=11)
    for axes in (top, bottom):
        axes.grid(True)
    label_lines(top, lines)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
