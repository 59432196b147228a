"""The bandwidth moving: twenty fits, their mean and the truth, beside the two error curves."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork.pipeline import figure

ANIMATED = True
INPUTS = {"study": "kernel_ridge/bandwidth.npz"}


def frames(theme: Theme, study: Path) -> Iterator[Figure]:
    data = np.load(study)
    count = len(data["length_scales"])
    for i in reversed(range(count)):  # from the widest kernel to the narrowest
        figure_, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), height_ratios=(1.25, 1))
        _fits(top, theme, data, i)
        _errors(bottom, theme, data, i)
        yield figure_


def _fits(axes: Axes, theme: Theme, data: np.lib.npyio.NpzFile, i: int) -> None:
    blue, orange = theme.colors[:2]
    for fit in data["fits"][i]:
        axes.plot(data["grid"], fit, color=blue, alpha=0.3, linewidth=0.8)
    axes.plot(data["grid"], data["mean_fit"][i], color=orange, linewidth=2.6)
    axes.plot(data["grid"], data["truth"], color=theme.ink, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(-2.1, 2.1), xlabel="x", ylabel="prediction")
    axes.set_title(f"length scale σ = {data['length_scales'][i]:.3f}")
    for text, color, x in (("single fits", blue, 0.5), ("their mean", orange, 0.72)):
        axes.text(x, 1.75, text, color=color)
    axes.text(0.02, -1.85, "truth (dashed)", color=theme.ink)


def _errors(axes: Axes, theme: Theme, data: np.lib.npyio.NpzFile, i: int) -> None:
    scales = data["length_scales"]
    bias, variance = np.maximum(data["bias_squared"], 1e-4), data["variance"]
    lines = ((bias, theme.colors[1], "-"), (variance, theme.colors[0], "-"))
    for values, color, style in (*lines, (bias + variance, theme.ink, "--")):
        axes.loglog(scales, values, color=color, linestyle=style)
        axes.plot(scales[i], values[i], "o", color=color, markersize=7)
    axes.axvline(scales[i], color=theme.muted, linewidth=0.8)
    axes.set(ylim=(8e-5, 1.2), xlabel="length scale σ (intervals)", ylabel="squared error")
    axes.text(1.5, 0.006, "variance", color=theme.colors[0])
    axes.text(0.0055, 0.0045, "bias²", color=theme.colors[1])
    axes.text(0.10, 0.45, "sum (dashed)", color=theme.ink)


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.18, poster=10)
