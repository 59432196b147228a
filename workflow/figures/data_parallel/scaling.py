"""Simulated: seconds of an all-reduce, and the efficiency of a step, up to thousands of ranks."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"scaling": "data_parallel/scaling.csv"}
REDUCE = {"tree": "tree", "ring": "ring", "hierarchical": "hierarchical"}
STEPS = {
    "overlapped": "overlapped",
    "jitter": "with jitter",
    "straggler": "one straggler",
    "alone": "no overlap",
}


def draw(theme: Theme, scaling: Path) -> Figure:
    with open(scaling, newline="", encoding="utf-8") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    ranks = [row["ranks"] for row in rows]
    picture, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.0), sharex=True)
    lines = {}
    for (name, label), color in zip(REDUCE.items(), theme.colors, strict=False):
        (lines[label],) = top.plot(ranks, [row[name] for row in rows], "-o", color=color, ms=4)
    top.set(xscale="log", yscale="log", ylabel="all-reduce, s", title="simulated")
    top.set_xscale("log", base=2)
    steps = {}
    best = min(row["overlapped"] for row in rows)
    for (name, label), color in zip(STEPS.items(), theme.colors, strict=False):
        shares = [100 * best / row[name] for row in rows]
        (steps[label],) = bottom.plot(ranks, shares, "-o", color=color, ms=4)
    bottom.set(xlabel="ranks", ylabel="efficiency, %", ylim=(0, 105))
    marks = [rank for rank in ranks if rank in (2, 8, 64, 512, 4096)]
    bottom.set_xticks(marks, [f"{int(rank):,}" for rank in marks])
    for axes, drawn in ((top, lines), (bottom, steps)):
        axes.grid(True)
        label_lines(axes, drawn)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
