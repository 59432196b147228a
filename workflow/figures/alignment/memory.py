"""Peak memory of a training process under four ways to hold the reference."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"costs": "alignment/memory.csv"}


def draw(theme: Theme, costs: Path) -> Figure:
    table = pd.read_csv(costs).iloc[::-1]
    picture, axes = plt.subplots(figsize=(WIDTH, 2.6))
    axes.barh(table["strategy"], table["peak"], color=theme.colors[0], height=0.6)
    for place, row in enumerate(table.itertuples()):
        axes.text(row.peak, place, f" {row.seconds:.2g} s", va="center", color=theme.ink)
    axes.set_xlabel("peak memory, MiB")
    axes.margins(x=0.15)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
