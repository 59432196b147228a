"""The bandwidth moving: twenty fits, their mean and the truth, beside the two error curves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"study": "kernel_ridge/bandwidth.npz"}


def frames(theme: Theme, study: Path) -> Iterator[Figure]:
    with np.load(study) as arrays:
        data = dict(arrays)
    picture, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), height_ratios=(1.25, 1))
    move_fits, move_errors = _fits(top, theme, data), _errors(bottom, theme, data)
    for i in reversed(range(len(data["length_scales"]))):  # from the widest kernel down
        move_fits(i)
        move_errors(i)
        yield picture


def _fits(axes: Axes, theme: Theme, data: dict[str, np.ndarray]) -> Callable[[int], None]:
    """What stays, drawn; and the function that moves the rest to a length scale."""
    blue, orange = theme.colors[:2]
    grid, last = data["grid"], -1
    fits = [axes.plot(grid, fit, color=blue, alpha=0.3, lw=0.8)[0] for fit in data["fits"][last]]
    (mean,) = axes.plot(grid, data["mean_fit"][last], color=orange, linewidth=2.6)
    axes.plot(grid, data["truth"], color=theme.ink, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(-2.1, 2.1), xlabel="x", ylabel="prediction")
    for text, color, x in (("single fits", blue, 0.5), ("their mean", orange, 0.72)):
        axes.text(x, 1.75, text, color=color)
    axes.text(0.02, -1.85, "truth (dashed)", color=theme.ink)

    def move(i: int) -> None:
        for line, fit in zip(fits, data["fits"][i], strict=True):
            line.set_ydata(fit)
        mean.set_ydata(data["mean_fit"][i])
        axes.set_title(f"length scale σ = {data['length_scales'][i]:.3f}")

    return move


def _errors(axes: Axes, theme: Theme, data: dict[str, np.ndarray]) -> Callable[[int], None]:
    """As `_fits`, for the two error curves and the mark that runs along them."""
    scales = data["length_scales"]
    bias, variance = np.maximum(data["bias_squared"], 1e-4), data["variance"]
    curves = ((bias, theme.colors[1], "-"), (variance, theme.colors[0], "-"))
    marks = []
    for values, color, style in (*curves, (bias + variance, theme.ink, "--")):
        axes.loglog(scales, values, color=color, linestyle=style)
        marks.append((axes.plot(scales[0], values[0], "o", color=color, markersize=7)[0], values))
    here = axes.axvline(scales[0], color=theme.muted, linewidth=0.8)
    axes.set(ylim=(8e-5, 1.2), xlabel="length scale σ (intervals)", ylabel="squared error")
    axes.text(1.5, 0.006, "variance", color=theme.colors[0])
    axes.text(0.0055, 0.0045, "bias²", color=theme.colors[1])
    axes.text(0.10, 0.45, "sum (dashed)", color=theme.ink)

    def move(i: int) -> None:
        for mark, values in marks:
            mark.set_data([scales[i]], [values[i]])
        here.set_xdata([scales[i]] * 2)

    return move


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.18, poster=10)
