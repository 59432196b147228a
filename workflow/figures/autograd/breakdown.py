"""Where an epoch's time goes, in per cent of its wall time."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"parts": "autograd/breakdown.csv"}


def draw(theme: Theme, parts: Path) -> Figure:
    with open(parts, newline="") as file:
        shares = {row["part"]: float(row["percent"]) for row in csv.DictReader(file)}
    small = {name: share for name, share in shares.items() if share < 1.0}
    shown = {name: share for name, share in shares.items() if share >= 1.0}
    shown[f"{len(small)} smaller parts"] = sum(small.values())
    ordered = sorted(shown.items(), key=lambda item: item[1])
    picture, axes = plt.subplots(figsize=(WIDTH, 0.8 + 0.36 * len(ordered)))
    for row, (name, share) in enumerate(ordered):
        matrix = "linear" in name
        axes.barh(row, share, color=theme.colors[0] if matrix else theme.muted, height=0.7)
        axes.annotate(
            f"{share:.1f}", (share, row), xytext=(4, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(range(len(ordered)), [name for name, _ in ordered])
    axes.set_xlabel("share of the epoch (%); blue: matrix products")
    axes.set_xlim(0, 1.12 * ordered[-1][1])
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
