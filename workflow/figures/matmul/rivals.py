"""Packed, NumPy and PyTorch as a part of the multiply-add ceiling: one thread, all threads."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"rivals": "matmul/benchmark/rivals.csv"}
NAMES = {
    "packed": ("packed", "-", "o"),
    "numpy": ("NumPy", "--", "s"),
    "torch": ("PyTorch", ":", "^"),
}


def draw(theme: Theme, rivals: Path) -> Figure:
    with open(rivals, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["square"] == "True"]
    counts = sorted({int(row["threads"]) for row in rows})
    figure_, panels = plt.subplots(
        len(counts), 1, figsize=(WIDTH, 2.7 * len(counts)), squeeze=False
    )
    for axes, threads in zip(panels[:, 0], counts, strict=True):
        mine = [row for row in rows if int(row["threads"]) == threads]
        lines = {}
        for (name, (label, style, marker)), color in zip(
            NAMES.items(), (theme.colors[1], theme.colors[0], theme.colors[2]), strict=True
        ):
            sizes = [int(row["size"]) for row in mine]
            shares = [
                float(row[name]) / float(row["packed"]) * float(row["of_peak"]) for row in mine
            ]
            (lines[label],) = axes.plot(
                sizes, shares, style, marker=marker, color=color, markersize=5
            )
        axes.set(xscale="log", ylim=(0, 105), ylabel="% of the ceiling")
        axes.set_title("one thread" if threads == 1 else f"{threads} threads")
        ticks = [n for n in (64, 128, 256, 512, 1024, 2048) if n <= max(sizes)]
        axes.set_xticks(ticks, [str(n) for n in ticks])
        axes.minorticks_off()
        axes.grid(True, axis="y")
        label_lines(axes, lines)
    panels[-1, 0].set_xlabel("matrix size N")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
