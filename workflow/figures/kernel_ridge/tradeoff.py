"""Three bandwidths side by side, and the whole trade-off below them."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"study": "kernel_ridge/bandwidth.npz"}


def draw(theme: Theme, study: Path) -> Figure:
    data = np.load(study)
    scales, grid = data["length_scales"], data["grid"]
    total = data["bias_squared"] + data["variance"]
    picks = (len(scales) - 1, int(np.argmin(total)), int(np.argmax(data["variance"])), 0)
    names = ("too wide: bias", "best", "narrow: variance", "spikes: bias again")
    figure_, grid_of_axes = plt.subplots(2, 2, figsize=(WIDTH, 4.6), sharex=True, sharey=True)
    for axes, i, name in zip(grid_of_axes.flat, picks, names, strict=True):
        for fit in data["fits"][i]:
            axes.plot(grid, fit, color=theme.colors[0], alpha=0.35, linewidth=0.7)
        axes.plot(grid, data["mean_fit"][i], color=theme.colors[1], linewidth=2.6)
        axes.plot(grid, data["truth"], color=theme.ink, linestyle="--", linewidth=1.5)
        axes.set_title(f"σ = {scales[i]:.2g}: {name}", fontsize=11)
        axes.set(ylim=(-2, 2), xlim=(0, 1), xticks=(0, 0.5, 1))
    for axes in grid_of_axes[1]:
        axes.set_xlabel("x")
    for axes in grid_of_axes[:, 0]:
        axes.set_ylabel("prediction")
    grid_of_axes[0, 1].text(0.42, 1.45, "single fits", color=theme.colors[0])
    grid_of_axes[0, 1].text(0.02, -1.2, "mean fit", color=theme.colors[1])
    grid_of_axes[0, 1].text(0.02, -1.75, "truth (dashed)", color=theme.ink)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
