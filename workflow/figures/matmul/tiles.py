"""Speed against the tile edge, at a benign and at a conflicting size; the predicted edge marked."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"tiles": "matmul/blocks/tiles.csv", "facts": "matmul/blocks.json"}
STYLES = {"tiled": "-", "tiled_vectorised": "--", "simd": "-."}


def draw(theme: Theme, tiles: Path, facts: Path) -> Figure:
    with open(tiles, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    predicted = Result.read(facts).claims["tile_predicted"]["value"]
    sizes = sorted({int(row["n"]) for row in rows})
    figure_, panels = plt.subplots(len(sizes), 1, figsize=(WIDTH, 2.8 * len(sizes)), sharex=True)
    lines: list[dict[str, Line2D]] = [{} for _ in sizes]
    for axes, n, drawn in zip(panels, sizes, lines, strict=True):
        for (name, style), color in zip(STYLES.items(), theme.colors, strict=False):
            mine = [
                (int(r["tile"]), float(r["gflops"]))
                for r in rows
                if (int(r["n"]), r["step"]) == (n, name)
            ]
            edges, rates = zip(*sorted(mine), strict=True)
            label = {"tiled_vectorised": "tiled, twin"}.get(name, name)
            (drawn[label],) = axes.plot(edges, rates, style, color=color, marker="o", markersize=4)
        axes.axvline(predicted, color=theme.muted, linestyle=":")
        axes.set(xscale="log", yscale="log", ylabel="GFLOPS")
        axes.set_title(f"N = {n}")
        axes.set_xticks(edges, [str(edge) for edge in edges])
        axes.minorticks_off()
        axes.grid(True, axis="y")
    panels[0].set_xlim(right=edges[-1] * 3.2)
    panels[0].annotate(
        f"predicted: {predicted}",
        (predicted, 1),
        xycoords=panels[0].get_xaxis_transform(),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        color=theme.muted,
    )
    panels[-1].set_xlabel("tile edge t (elements)")
    for axes, drawn in zip(panels, lines, strict=True):
        axes.margins(y=0.12)
        label_lines(axes, drawn)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
