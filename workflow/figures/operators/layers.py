"""Every layer's energy in its largest tenth of singular values, beside noise of its shape."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"spectra": "operators/spectra.npz"}


def draw(theme: Theme, spectra: Path) -> Figure:
    with np.load(spectra) as data:
        names = sorted(set(data["network"].tolist()))
        fig, rows = plt.subplots(len(names), 1, figsize=(WIDTH, 6.4), sharex=True, sharey=True)
        for axes, name in zip(np.atleast_1d(rows), names, strict=True):
            here = data["network"] == name
            index = data["index"][here]
            low, high = 100 * data["null_low"][here], 100 * data["null_high"][here]
            axes.bar(index, high - low, 1.0, low, color=theme.muted, alpha=0.75, lw=0, zorder=1)
            top = 100 * data["top"][here]
            axes.vlines(index, high, np.maximum(top, high), color=theme.colors[0], lw=1, alpha=0.6)
            axes.plot(index, top, "o", ms=3.8, color=theme.colors[0], zorder=3)
            axes.axhline(90, color=theme.colors[1], lw=1.2, ls="--")
            axes.set_title(name)
            axes.set_ylim(0, 100)
            axes.set_yticks([0, 50, 90])
    first = np.atleast_1d(rows)[0]
    first.text(56, 87, "“90 % in the top 10 %”", color=theme.colors[1], ha="right", va="top")
    last = np.atleast_1d(rows)[-1]
    last.text(27, 51, "layer as trained", color=theme.colors[0], ha="center")
    last.text(30, 3, "noise of the same shape", color=theme.ink, ha="center", fontsize=10)
    last.set_xlabel("layer, from input to output")
    fig.supylabel("energy in the largest tenth (%)", color=theme.ink, fontsize=11.5)
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
