"""The roofline: multiply-add ceiling, bandwidths as slopes, each step as a point."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"points": "matmul/roofline.csv", "facts": "matmul/machine.json"}
SLOPES = {"level2": "from L2", "level3": "from L3", "memory": "from {:.0f} MiB"}


def draw(theme: Theme, points: Path, facts: Path) -> Figure:
    claims = {name: c["value"] for name, c in Result.read(facts).claims.items()}
    with open(points, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    intensities = [float(row["intensity"]) for row in rows]
    ridge = claims["peak"] / claims["memory_bandwidth"]
    left, right = min(min(intensities) / 2.5, ridge / 20), max(max(intensities) * 4, 3 * ridge)
    across = np.geomspace(left, right, 200)
    figure_, axes = plt.subplots(figsize=(WIDTH, 4.4))
    peak = claims["peak"]
    for (level, label), style in zip(SLOPES.items(), ("-", "--", ":"), strict=True):
        rate, words = claims[f"{level}_bandwidth"], label.format(claims["largest"])
        axes.plot(across, np.minimum(rate * across, peak), style, color=theme.muted)
        at = {"level2": left * 1.3, "level3": left * 3, "memory": left * 7}[level]
        axes.text(at, rate * at * 0.8, words, color=theme.muted, va="top", fontsize=10.5)
    axes.text(
        right, peak * 1.06, "multiply-add ceiling", color=theme.muted, ha="right", va="bottom"
    )
    for row, color in zip(rows, theme.colors, strict=False):
        x, y = float(row["intensity"]), float(row["gflops"])
        axes.plot(x, y, "o", color=color, markersize=8)
        axes.annotate(
            row["step"].replace("_", " "),
            (x, y),
            xytext=(7, -4),
            color=color,
            textcoords="offset points",
            va="top",
        )
    axes.set(xscale="log", yscale="log", xlim=(left, right * 1.3))
    ticks = [x for x in (0.01, 0.1, 1, 10, 100) if left <= x <= right]
    axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    axes.minorticks_off()
    axes.set(xlabel="operations per byte brought into L1 (simulated)", ylabel="GFLOPS (measured)")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
