"""Bytes moved: softmax and norm unfused and fused, and attention against the sequence's length."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.files import read_table
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"table": "gpu_kernels/traffic.csv", "scores": "gpu_kernels/traffic/scores.csv"}
WAYS = {
    "unfused": "scores in memory",
    "tiled": "tiled, no cache",
    "compulsory": "each operand once",
}


def draw(theme: Theme, table: Path, scores: Path) -> Figure:
    figure_, (bars, lines) = plt.subplots(
        2, 1, figsize=(WIDTH, 5.6), gridspec_kw={"height_ratios": [1, 1.4]}
    )
    rows = [row for row in read_table(table) if row["operation"] in ("softmax", "norm")]
    names = [f"{row['operation']}, {row['how']}" for row in rows]
    read = [float(row["read"]) for row in rows]
    written = [float(row["written"]) for row in rows]
    places = range(len(rows))
    bars.barh(places, read, color=theme.colors[0])
    bars.barh(places, written, left=read, color=theme.colors[1], hatch="///", edgecolor=theme.paper)
    bars.set_yticks(places, names)
    bars.invert_yaxis()
    bars.set_xlabel("megabytes moved")
    bars.text(read[0] / 2, 0, "read", color=theme.paper, ha="center", va="center")
    bars.text(
        read[0] + written[0] / 2, 0, "written", ha="center", va="center", color=theme.ink,
        bbox={"facecolor": theme.paper, "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip
    found = read_table(scores)
    tokens = [int(row["tokens"]) for row in found]
    for (way, label), color, style in zip(
        WAYS.items(), theme.colors, ("-", "--", ":"), strict=False
    ):
        amount = [float(row[way]) / 2**20 for row in found]
        lines.plot(tokens, amount, style, color=color)
        height = "top" if way == "tiled" else "center"
        lines.text(tokens[-1] * 1.15, amount[-1], label, color=color, va=height)
    lines.set(xscale="log", yscale="log", xlabel="tokens N", ylabel="MiB moved, one head")
    lines.set_xlim(right=tokens[-1] * 60)
    ticks = tokens[::3]
    lines.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    lines.minorticks_off()
    lines.grid(True, axis="y")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
