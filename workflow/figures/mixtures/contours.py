"""The film: contours of three Gaussians moving to fit the data, with the likelihood climbing."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork.pipeline import figure

ANIMATED = True
INPUTS = {"fit": "mixtures/fit.npz"}


def frames(theme: Theme, fit: Path) -> Iterator[Figure]:
    data = np.load(fit)
    for number in range(len(data["frames"])):
        figure_, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.0), height_ratios=(2.6, 1))
        _cloud(top, theme, data, number)
        _curve(bottom, theme, data, int(data["frames"][number]))
        yield figure_


def _cloud(axes: Axes, theme: Theme, data: np.lib.npyio.NpzFile, number: int) -> None:
    x, colors = data["x"], theme.colors[:3]
    # A point's colour is its responsibilities' mixture of the three components' colours.
    shade = data["frame_responsibilities"][number] @ np.array([to_rgb(c) for c in colors])
    axes.scatter(x[:, 0], x[:, 1], s=7, c=shade.clip(0, 1), alpha=0.75, linewidths=0)
    for j, name in enumerate("ABC"):
        for level in data["truth_contours"][j][1:]:
            axes.plot(level[:, 0], level[:, 1], ":", color=theme.ink, linewidth=1.3)
        for level in data["frame_contours"][number][j]:
            axes.plot(level[:, 0], level[:, 1], color=colors[j], linewidth=2.4)
        mean = data["frame_means"][number][j]
        box = {"facecolor": theme.paper, "edgecolor": colors[j], "pad": 2.0}
        axes.text(*mean, name, color=colors[j], ha="center", va="center", weight="bold", bbox=box)
    # Everything that any frame shows is in view, and the view never moves.
    shown = np.concatenate([x, data["frame_contours"].reshape(-1, 2)])
    (left, bottom), (right, top) = shown.min(axis=0) - 0.2, shown.max(axis=0) + 0.2
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set(xlabel="first feature", ylabel="second feature", aspect="equal")
    axes.set_title(f"EM iteration {int(data['frames'][number])}")
    axes.text(right, bottom + 0.1, "truth, 2σ (dotted)", color=theme.ink, ha="right", va="bottom")


def _curve(axes: Axes, theme: Theme, data: np.lib.npyio.NpzFile, iteration: int) -> None:
    values, last = data["log_likelihood"], int(data["frames"][-1])
    axes.plot(values[: last + 1], color=theme.muted, linewidth=1)
    axes.plot(values[: iteration + 1], color=theme.colors[3])
    axes.plot(iteration, values[iteration], "o", color=theme.colors[3])
    axes.set(xlabel="iteration", ylabel="log-likelihood\n(nats)")


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.16, hold=2.5, poster=-1)
