"""How far replicas are apart without an all-reduce, by steps."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"drift": "data_parallel/replicas/drift.csv"}


def draw(theme: Theme, drift: Path) -> Figure:
    with open(drift, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    picture, axes = plt.subplots()
    lines = {}
    for count, color in zip(
        dict.fromkeys(row["ranks"] for row in rows), theme.colors, strict=False
    ):
        mine = [(int(r["step"]), float(r["distance"])) for r in rows if r["ranks"] == count]
        steps, distances = zip((0, 0.0), *mine, strict=True)
        (lines[f"{count} ranks"],) = axes.plot(steps, distances, color=color)
    axes.axhline(0, color=theme.ink, linewidth=2.4)
    axes.text(0.98, 0.13, "with all-reduce: 0, to the bit", transform=axes.transAxes,
              ha="right", va="bottom", color=theme.ink)  # fmt: skip
    axes.set(xlabel="step", ylabel="largest distance of a weight\nfrom rank 0's")
    axes.set_ylim(bottom=-0.06 * axes.get_ylim()[1])
    axes.grid(True, axis="y")
    label_lines(axes, lines)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
