"""Speed of every step of the ladder against the matrix size, one thread."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"speeds": "matmul/benchmark.csv"}
LINES = {  # step: label, line style
    "naive": ("naive", "-"),
    "loop_order": ("loop order", "-"),
    "tiled": ("tiled", "-"),
    "simd": ("SIMD", "-"),
    "registers": ("registers", "-"),
    "packed": ("packed", "-"),
    "numpy": ("NumPy", "--"),
}


def draw(theme: Theme, speeds: Path) -> Figure:
    with open(speeds, newline="", encoding="utf-8") as file:
        rows = [
            r for r in csv.DictReader(file) if r["threads"] == "1" and r["m"] == r["k"] == r["n"]
        ]
    figure_, axes = plt.subplots(figsize=(WIDTH, 4.2))
    right = max(int(r["n"]) for r in rows)
    lines = {}
    for (name, (label, style)), color in zip(LINES.items(), theme.colors, strict=True):
        mine = sorted((int(r["n"]), float(r["gflops"])) for r in rows if r["step"] == name)
        sizes, rates = zip(*mine, strict=True)
        (lines[label],) = axes.plot(sizes, rates, style, color=color, marker="o", markersize=3.5)
    axes.set(xscale="log", yscale="log", xlabel="matrix size N", ylabel="GFLOPS, one thread")
    ticks = [n for n in (64, 128, 256, 512, 1024, 2048) if n <= right]
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.minorticks_off()
    axes.set_xlim(right=right * 2.4)
    axes.grid(True, axis="y")
    label_lines(axes, lines)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
