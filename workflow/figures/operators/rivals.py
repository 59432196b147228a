"""How far each rival of the truncated SVD lies behind it."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"rivals": "operators/rivals.npz"}


def draw(theme: Theme, rivals: Path) -> Figure:
    fig, axes = plt.subplots(dpi=200)  # of the points, the one part that is not drawn by lines
    with np.load(rivals) as data:
        kinds = (("random", "random or projected"), ("optimised", "alternating least squares"),
                 ("perturbed", "optimum, perturbed"))  # fmt: skip
        for row, (name, words) in enumerate(kinds):
            excess = np.maximum(data[name] - 1, 1e-16)
            height = row + np.linspace(-0.22, 0.22, len(excess))
            color = theme.colors[row]
            axes.plot(excess, height, ".", ms=3, alpha=0.5, color=color, rasterized=True)
            axes.text(3e-17, row + 0.3, f"{words} ({len(excess):,})", color=color, va="bottom")
    axes.set_xscale("log")
    axes.set_xlim(2e-17, 10)
    axes.set_ylim(-0.4, 2.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvspan(2e-17, 1e-14, color=theme.muted, alpha=0.2, lw=0)
    axes.text(5e-17, -0.36, "rounding", color=theme.ink, va="bottom", fontsize=10.5)
    axes.set_xlabel("distance over the least distance, minus 1 (no unit)")
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
