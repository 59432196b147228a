"""Recorded attention speed by sequence length, against SDPA; or that none was recorded."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.files import read_table
from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"speeds": "gpu_kernels/recorded/speeds.csv"}
RIVALS = {"ours": ("this room", "-"), "flash": ("SDPA, flash", "--"), "math": ("SDPA, math", ":")}


def draw(theme: Theme, speeds: Path) -> Figure:
    rows = [row for row in read_table(speeds)
            if row["operation"].startswith("forward") and row["dtype"] == "float16"]  # fmt: skip
    groups = sorted({(row["device"], row["age"], row["operation"]) for row in rows})
    count = max(1, len(groups))
    figure_, panels = plt.subplots(count, 1, figsize=(WIDTH, 2.0 * count), squeeze=False)
    if not rows:
        axes = panels[0][0]
        axes.text(0.5, 0.5, "No GPU result has been recorded.", ha="center", va="center")
        axes.set_axis_off()
    for (device, age, operation), axes in zip(groups, panels[:, 0], strict=False):
        axes.set_title(f"{device}{age}: {operation}")
        lines = {}
        for (rival, (label, style)), color in zip(RIVALS.items(), theme.colors, strict=False):
            points = sorted(
                (int(r["x"]), float(r["rate"])) for r in rows
                if (r["device"], r["age"], r["operation"], r["rival"]) == (device, age, operation, rival)
            )  # fmt: skip
            if points:
                x, rate = zip(*points, strict=True)
                (lines[label],) = axes.plot(x, rate, style, color=color, marker="o", markersize=4)
        axes.set(xscale="log", ylabel="TFLOPS")
        axes.set_ylim(bottom=0)
        left, right = axes.get_xlim()
        axes.set_xlim(left, right * 3)
        label_lines(axes, lines)
    if rows:
        panels[-1][0].set_xlabel("tokens N")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
