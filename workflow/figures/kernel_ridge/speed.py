"""Fit times against scikit-learn over the number of points, and the kernel's over features."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"times": "kernel_ridge/benchmark.npz"}


def draw(theme: Theme, times: Path) -> Figure:
    data = np.load(times)
    figure_, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.2))
    panels = ((left, "sizes", "", "training points n"), (right, "widths", "_wide", "features d"))
    for axes, key, suffix, label in panels:
        axes.loglog(data[key], data["ours" + suffix], "o-", color=theme.colors[0])
        axes.loglog(data[key], data["peer" + suffix], "s--", color=theme.colors[1])
        axes.set(xlabel=label, ylabel="seconds")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
    left.set_xticks(data["sizes"], [str(n) for n in data["sizes"]], fontsize=9, rotation=30)
    left.set_title("fit")
    right.set_title("kernel matrix")
    left.text(0.05, 0.9, "scikit-learn (squares)", color=theme.colors[1], transform=left.transAxes)
    left.text(0.05, 0.8, "ours (circles)", color=theme.colors[0], transform=left.transAxes)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
