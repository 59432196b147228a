"""Misses per operation of each step: simulated (filled) and by the counting model (open)."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"counts": "matmul/misses.csv"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def draw(theme: Theme, counts: Path) -> Figure:
    with open(counts, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    steps = list(dict.fromkeys(row["step"] for row in rows))
    sizes = sorted({int(row["n"]) for row in rows})
    simulated = any(row["misses"] for row in rows)
    figure_, axes = plt.subplots(figsize=(WIDTH, 4.4))
    for index, n in enumerate(sizes):
        color, marker = theme.colors[index % len(theme.colors)], MARKERS[index % len(MARKERS)]
        mine = {row["step"]: row for row in rows if int(row["n"]) == n}
        across = [steps.index(s) + 0.15 * (index - (len(sizes) - 1) / 2) for s in mine]
        model = [float(row["model"]) for row in mine.values()]
        found = [float(row["misses"] or "nan") for row in mine.values()]
        axes.plot(
            across, model, marker, color=color, fillstyle="none", markersize=9, linestyle="none"
        )
        axes.plot(
            across, found, marker, color=color, markersize=4.5, linestyle="none", label=f"N = {n}"
        )
    axes.set(yscale="log", ylabel="L1 misses per operation")
    labels = [step.replace("_", "\n") for step in steps]
    axes.set_xticks(range(len(steps)), labels, fontsize=10.5)
    axes.grid(True, axis="y")
    figure_.legend(
        title="simulated: filled;  counted by the model: open"
        if simulated
        else "counted by the model; nothing was simulated (no valgrind)",
        loc="outside upper left",
        ncols=min(len(sizes), 5),
        fontsize=10.5,
        handletextpad=0.1,
        columnspacing=0.9,
        alignment="left",
    )
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
