"""The roofline of two cards, and where each way of computing softmax, norm and attention lies."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.files import read_table
from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"table": "gpu_kernels/traffic.csv", "facts": "gpu_kernels/traffic.json"}
SHOWN = {
    ("softmax", "unfused"): "softmax, unfused",
    ("softmax", "one pass"): "softmax, fused",
    ("attention", "unfused"): "attention,\nscores in memory",
    ("attention", "tiled"): "attention,\ntiled, no cache",
    ("attention", "compulsory"): "attention,\neach operand once",
}


def draw(theme: Theme, table: Path, facts: Path) -> Figure:
    rows = read_table(table)
    length = Result.read(facts).claims["tokens"]["value"]
    points = {(r["operation"].split(",")[0], r["how"]): r for r in rows
              if "N =" not in r["operation"] or r["operation"].endswith(f"{length:,}")}  # fmt: skip
    figure_, axes = plt.subplots(figsize=(WIDTH, 4.4))
    across = np.geomspace(0.08, 4e4, 200)
    for index, style in enumerate(("-", "--")):
        # A card's two numbers, read back from its roof: slope at the left, ceiling at the right.
        roofs = [(float(r["intensity"]), float(r[f"card{index}"])) for r in rows]
        slope, peak = roofs[0][1] / roofs[0][0], max(bound for _, bound in roofs)
        axes.plot(across, np.minimum(slope * across, peak), style, color=theme.muted)
        axes.text(0.09, peak, f"{('H100', 'A100')[index]}: {peak:,.0f} TFLOPS, {slope:.2f} TB/s",
                  color=theme.muted, va="bottom")  # fmt: skip
    for (key, label), color, mark in zip(SHOWN.items(), theme.colors, "os^Dv", strict=False):
        x, y = float(points[key]["intensity"]), float(points[key]["card0"])
        axes.plot(x, y, mark, color=color, markersize=8)
        left = key[1] == "compulsory"
        axes.annotate(label, (x, y), xytext=(-4 if left else 8, 34 if left else -8), textcoords="offset points",
                      color=color, va="top", ha="center" if left else "left")  # fmt: skip
    axes.set(xscale="log", yscale="log", ylim=(0.08, 4000), xlim=(0.08, 4e4))
    axes.set(xlabel="operations per byte moved", ylabel="TFLOPS at most")
    axes.set_xticks([0.1, 1, 10, 100, 1000, 10000], ["0.1", "1", "10", "100", "1,000", "10,000"])
    axes.minorticks_off()
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
