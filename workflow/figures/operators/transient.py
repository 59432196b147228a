"""Norms of powers: one spectral radius, three fates before the decay."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"transient": "operators/transient.npz"}


def draw(theme: Theme, transient: Path) -> Figure:
    fig, axes = plt.subplots(figsize=(5.6, 3.8))
    with np.load(transient) as file:
        data = {name: file[name] for name in file}
    k = np.arange(len(data["pair"]))
    axes.axhline(1, color=theme.muted, lw=1)
    axes.semilogy(k, data["bound"], ":", color=theme.muted)
    for name, color, at, words in (
        ("block", theme.colors[1], 0.42, "8 × 8 block, coupled"),
        ("pair", theme.colors[2], 0.14, "2 × 2, coupled"),
        ("normal", theme.colors[0], 0.45, "symmetric: at once"),
    ):
        axes.semilogy(k, data[name], color=color)
        spot = int(at * len(k))
        low = name == "normal"
        axes.annotate(words, (spot, data[name][spot]), (-8, -4) if low else (6, 6),
                      textcoords="offset points", color=color,
                      ha="right" if low else "left", va="top" if low else "bottom")  # fmt: skip
    at = int(0.55 * len(k))
    axes.annotate("bound for the 2 × 2", (at, data["bound"][at]), (4, 5),
                  textcoords="offset points", color=theme.ink, fontsize=10.5)  # fmt: skip
    axes.set_ylim(1e-7, 2e8)
    axes.set_xlabel("step k")
    axes.set_ylabel("operator norm of Tᵏ")
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
