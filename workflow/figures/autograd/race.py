"""Seconds of an epoch: this engine, PyTorch eager, and PyTorch with its fused Adam."""

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"samples": "autograd/benchmark.csv"}
NAMES = {"ours": "this engine", "eager": "PyTorch", "fused": "PyTorch,\nfused Adam"}


def draw(theme: Theme, samples: Path) -> Figure:
    times: dict[tuple[int, str], list[float]] = defaultdict(list)
    with open(samples, newline="") as file:
        for row in csv.DictReader(file):
            times[int(row["threads"]), row["rival"]].append(float(row["seconds"]))
    threads = sorted({count for count, _ in times})
    picture, axes = plt.subplots(figsize=(WIDTH, 1.2 + 1.5 * len(threads)))
    labels, row = [], 0
    for count in threads:
        for rival, color in zip(NAMES, theme.colors, strict=False):
            found = times[count, rival]
            jitter = row + np.linspace(-0.16, 0.16, len(found))
            axes.plot(found, jitter, "o", color=color, markersize=4.5, alpha=0.8)
            axes.plot([np.median(found)] * 2, [row - 0.32, row + 0.32], color=color, linewidth=3)
            labels.append(f"{NAMES[rival]}")
            row += 1
        words = "1 thread" if count == 1 else f"{count} threads"
        axes.annotate(
            words,
            (1, row - 3.45),
            xycoords=("axes fraction", "data"),
            ha="right",
            color=theme.muted,
        )
        row += 0.6
    positions = [i + 0.6 * (i // len(NAMES)) for i in range(len(labels))]
    axes.set_yticks(positions, labels)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds per epoch (bar: median)")
    axes.grid(visible=True, axis="x")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
