"""Digits and a layer rebuilt from more and more singular values (animation)."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"truncation": "operators/truncation.npz"}
ANIMATED = True


def frames(theme: Theme, truncation: Path) -> Iterator[Figure]:
    with np.load(truncation) as file:
        data = {name: file[name] for name in file}
    for i in range(len(data["shares"])):
        fig = frame(theme, data, i)
        yield fig
        plt.close(fig)


def frame(theme: Theme, data: dict[str, np.ndarray], i: int) -> Figure:
    fig = plt.figure(figsize=(WIDTH, 5.4))
    grid = fig.add_gridspec(2, 2, width_ratios=[1, 1.25])
    side = int(np.sqrt(len(data["digits_frames"][i])))
    rows, columns = data["shape"]
    tiles = data["digits_frames"][i][: side * side].reshape(side, side, rows, columns)
    digits = fig.add_subplot(grid[0, 0])
    digits.imshow(tiles.transpose(0, 2, 1, 3).reshape(side * rows, -1), cmap="gray", vmin=0, vmax=1)
    digits.set_title(f"digits, rank {data['digits_ranks'][i]}")
    layer = fig.add_subplot(grid[1, 0])
    limit = float(np.abs(data["layer_frames"][-1]).max()) / 3
    square = data["layer_frames"][i]
    layer.imshow(square[:, : square.shape[0]], cmap="RdBu_r", vmin=-limit, vmax=limit)
    layer.set_title(f"layer, rank {data['layer_ranks'][i]}")
    for axes in (digits, layer):
        axes.set_xticks([])
        axes.set_yticks([])
    curves(theme, fig.add_subplot(grid[:, 1]), data, i)
    return fig


def curves(theme: Theme, axes: plt.Axes, data: dict[str, np.ndarray], i: int) -> None:
    share = data["shares"][i]
    words = {"digits": (0.02, 102), "layer": (0.34, 72), "noise": (0.5, 52)}
    for (name, spot), color in zip(words.items(), theme.colors, strict=False):
        kept = 100 * data[f"{name}_kept"]
        x = 100 * np.linspace(0, 1, len(kept))
        axes.plot(x, kept, color=color)
        axes.plot(100 * share, np.interp(100 * share, x, kept), "o", color=color, ms=7)
        axes.text(100 * spot[0], spot[1], name, color=color)
    axes.axvline(100 * share, color=theme.muted, lw=1)
    axes.set_title("energy kept (%)")
    axes.set_xlabel("singular values kept (%)")
    axes.set_xlim(0, 102)
    axes.set_ylim(0, 109)


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.15, poster=4)
