"""Recorded softmax bandwidth by row length, sizes within L2 apart; or that none was recorded."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.files import read_table
from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"speeds": "gpu_kernels/recorded/speeds.csv"}
RIVALS = {
    "copy": "copy",
    "ours": "this room",
    "torch": "PyTorch",
    "compiled": "compiled",
    "unfused": "unfused",
}
STYLES = ("--", "-", "-.", ":", (0, (1, 3)))


def draw(theme: Theme, speeds: Path) -> Figure:
    rows = [row for row in read_table(speeds) if row["operation"] == "softmax"]
    groups = sorted({(row["device"], row["age"], row["dtype"]) for row in rows})
    figure_, panels = plt.subplots(
        max(1, len(groups)), 1, figsize=(WIDTH, 3.2 * max(1, len(groups))), squeeze=False
    )
    if not rows:
        axes = panels[0][0]
        axes.text(0.5, 0.5, "No GPU result has been recorded.", ha="center", va="center")
        axes.set_axis_off()
    for (device, age, dtype), axes in zip(groups, panels[:, 0], strict=False):
        mine = [
            row for row in rows if (row["device"], row["age"], row["dtype"]) == (device, age, dtype)
        ]
        axes.set_title(f"{device}{age}, {dtype}")
        _panel(theme, axes, mine)
    return figure_


def _panel(theme: Theme, axes, rows: list[dict[str, str]]) -> None:
    lines = {}
    for (rival, label), color, style in zip(RIVALS.items(), theme.colors, STYLES, strict=False):
        points = sorted(
            (int(r["x"]), float(r["rate"]), float(r["low"]), float(r["high"]))
            for r in rows if r["rival"] == rival and r["in_l2"] == "False"
        )  # fmt: skip
        if not points:
            continue
        x, rate, low, high = zip(*points, strict=True)
        (lines[label],) = axes.plot(x, rate, linestyle=style, color=color)
        axes.fill_between(x, low, high, color=color, alpha=0.15, linewidth=0)
    cached = [
        (int(r["x"]), float(r["rate"]))
        for r in rows
        if r["rival"] == "ours" and r["in_l2"] == "True"
    ]
    for x, rate in cached:
        axes.plot(x, rate, "o", color=theme.colors[1], fillstyle="none")
        axes.annotate(
            "within L2", (x, rate), xytext=(6, 0), textcoords="offset points", va="center"
        )
    axes.set(xscale="log", xlabel="entries of a row", ylabel="GB/s")
    axes.set_ylim(bottom=0)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right * 6)
    label_lines(axes, lines)


if __name__ == "__main__":
    figure.run(draw, INPUTS)
