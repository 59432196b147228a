"""Which error finds the best bandwidth: training, leave-one-out, or fresh points."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"study": "kernel_ridge/bandwidth.npz"}


def draw(theme: Theme, study: Path) -> Figure:
    data = np.load(study)
    scales = data["length_scales"]
    figure_, axes = plt.subplots(figsize=(WIDTH, 3.6))
    curves = (
        ("training error", "training", theme.colors[0], ":", (0.03, 0.006)),
        ("fresh points", "fresh", theme.ink, "-", (0.022, 0.62)),
        ("leave-one-out", "leave_one_out", theme.colors[1], "--", (1.0, 0.45)),
    )
    for name, key, color, style, place in curves:
        axes.loglog(scales, data[key], style, color=color)
        axes.text(*place, name, color=color)
    best = int(np.argmin(data["bias_squared"] + data["variance"]))
    axes.axvline(scales[best], color=theme.colors[2], linewidth=1.2)
    axes.text(scales[best] * 1.06, 0.0016, "best σ", color=theme.colors[2])
    axes.axhline(data["noise_variance"], color=theme.muted, linewidth=1)
    axes.text(0.0046, float(data["noise_variance"]) * 1.08, "noise variance", color=theme.muted)
    axes.set(xlabel="length scale σ (intervals)", ylabel="mean squared error", ylim=(9e-4, 1))
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
