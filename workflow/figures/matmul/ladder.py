"""Speed of every step of the ladder against the matrix size, one thread."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork.pipeline import figure

INPUTS = {"speeds": "matmul/benchmark.csv"}
LINES = {  # step: label, line style, height of the label relative to the last point
    "naive": ("naive", "-", 1.0),
    "loop_order": ("loop order", "-", 0.8),
    "tiled": ("tiled", "-", 1.25),
    "simd": ("SIMD", "-", 1.0),
    "registers": ("registers", "-", 0.93),
    "packed": ("packed", "-", 1.18),
    "numpy": ("NumPy", "--", 0.85),
}


def draw(theme: Theme, speeds: Path) -> Figure:
    with open(speeds, newline="", encoding="utf-8") as file:
        rows = [
            r for r in csv.DictReader(file) if r["threads"] == "1" and r["m"] == r["k"] == r["n"]
        ]
    figure_, axes = plt.subplots(figsize=(WIDTH, 4.2))
    right = max(int(r["n"]) for r in rows)
    for (name, (label, style, height)), color in zip(LINES.items(), theme.colors, strict=True):
        mine = sorted((int(r["n"]), float(r["gflops"])) for r in rows if r["step"] == name)
        sizes, rates = zip(*mine, strict=True)
        axes.plot(sizes, rates, style, color=color, marker="o", markersize=3.5)
        axes.text(sizes[-1] * 1.08, rates[-1] * height, label, color=color, va="center")
    axes.set(xscale="log", yscale="log", xlabel="matrix size N", ylabel="GFLOPS, one thread")
    ticks = [n for n in (64, 128, 256, 512, 1024, 2048) if n <= right]
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.minorticks_off()
    axes.set_xlim(right=right * 2.4)
    axes.grid(True, axis="y")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
