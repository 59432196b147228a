"""Latency and bandwidth of memory by the size of what is read: the hierarchy, seen from code."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"curve": "matmul/machine.csv", "facts": "matmul/machine.json"}


def draw(theme: Theme, curve: Path, facts: Path) -> Figure:
    with open(curve, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    claims = Result.read(facts).claims
    sizes = [int(row["bytes"]) / 1024 for row in rows]
    figure_, panels = plt.subplots(2, 1, figsize=(WIDTH, 5.0), sharex=True)
    columns = (("latency_ns", "latency (ns)"), ("bandwidth_gb_s", "bandwidth (GB/s)"))
    for axes, (column, label), color in zip(panels, columns, theme.colors, strict=False):
        values = [float(row[column]) for row in rows]
        axes.plot(sizes, values, color=color, marker="o", markersize=3)
        axes.set(xscale="log", yscale="log", ylabel=label)
        axes.grid(True, axis="y")
        for level in (1, 2, 3):
            edge = claims[f"level{level}_reported"]["value"]
            if not isinstance(edge, str):
                axes.axvline(edge, color=theme.muted, linestyle="--", linewidth=1)
                if axes is panels[0]:
                    axes.text(
                        edge * 0.93,
                        max(values),
                        f"L{level}",
                        color=theme.muted,
                        ha="right",
                        va="top",
                    )
    panels[1].set_xlabel("bytes visited (KiB)")
    ticks = [4, 32, 256, 1024, 8192, 65536]
    panels[1].set_xticks(ticks, ["4", "32", "256", "1 Mi", "8 Mi", "64 Mi"])
    panels[1].minorticks_off()
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
