"""Time of an EM iteration against scikit-learn, along points, features and components."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"times": "mixtures/benchmark.npz"}


def draw(theme: Theme, times: Path) -> Figure:
    data = np.load(times)
    figure_, row = plt.subplots(1, 3, figsize=(WIDTH, 3.0), sharey=True)
    for axes, name, label in zip(
        row,
        ("points", "features", "components"),
        ("points n", "features d", "components K"),
        strict=True,
    ):
        sizes, (ours, peer) = data[f"{name}_sizes"], data[f"{name}_seconds"] * 1e3
        axes.loglog(sizes, ours, "o-", color=theme.colors[0])
        axes.loglog(sizes, peer, "s--", color=theme.colors[1])
        axes.set_xlabel(label)
        axes.xaxis.set_minor_formatter(NullFormatter())
    row[0].set_ylabel("ms an iteration")
    row[0].text(0.03, 0.92, "scikit-learn", color=theme.colors[1], transform=row[0].transAxes)
    row[0].text(0.45, 0.08, "ours", color=theme.colors[0], transform=row[0].transAxes)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
