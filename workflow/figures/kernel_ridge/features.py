"""A primal fit on ever more coordinates of the infinite feature map approaches the dual fit."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"oracles": "kernel_ridge/oracles.npz"}


def draw(theme: Theme, oracles: Path) -> Figure:
    data = np.load(oracles)
    figure_, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.3), width_ratios=(1, 1.15))
    left.plot(data["x"], data["y"], "o", color=theme.muted, markersize=4)
    for degree, color, style, place in (
        (1, theme.colors[1], "-.", (-0.98, 1.75)),
        (4, theme.colors[2], "--", (-0.98, 1.45)),
    ):
        left.plot(data["grid"], data["predictions"][degree], style, color=color)
        left.text(*place, f"{degree + 1} coordinates", color=color)
    left.plot(data["grid"], data["dual"], color=theme.colors[0], linewidth=2.4)
    left.text(-0.98, 2.05, "all of them", color=theme.colors[0])
    left.set(xlabel="x", ylabel="prediction", ylim=(-1.7, 2.4))
    counts = data["degrees"] + 1
    right.semilogy(counts, data["kernel_bound"], ":", color=theme.muted)
    right.semilogy(counts, np.maximum(data["kernel_gap"], 1e-17), "--", color=theme.colors[1])
    right.semilogy(counts, np.maximum(data["prediction_gap"], 1e-17), color=theme.colors[0])
    right.set(xlabel="coordinates", ylabel="largest error", ylim=(1e-17, 1e4))
    right.text(19, 1e2, "kernel: bound", color=theme.muted)
    right.text(1, 2e-14, "kernel", color=theme.colors[1])
    right.text(1, 1e-16, "prediction", color=theme.colors[0])
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
