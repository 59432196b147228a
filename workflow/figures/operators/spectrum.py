"""One layer's singular values and cumulative energy against the band of Gaussian noise."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"spectra": "operators/spectra.npz"}


def draw(theme: Theme, spectra: Path) -> Figure:
    with np.load(spectra) as data:
        ends = np.cumsum(data["lengths"])
        shape = max(
            zip(data["rows"], data["columns"], strict=True), key=lambda pair: pair[0] * pair[1]
        )
        same = (data["rows"] == shape[0]) & (data["columns"] == shape[1])
        typical = np.argsort(data["top"][same])[same.sum() // 2]  # the median layer of that shape
        at = int(np.flatnonzero(same)[typical])
        s = data["values"][ends[at] - data["lengths"][at] : ends[at]]
        name = f"{data['layer'][at]} of {data['network'][at]}"
        key = f"{shape[0]}x{shape[1]}"
        values, energy = data[f"nullvalues_{key}"], 100 * data[f"null_{key}"]
    k = np.arange(1, len(s) + 1)
    fig, (left, right) = plt.subplots(2, 1, figsize=(WIDTH, 5.6), sharex=True)
    left.set_title(f"{name}, {shape[0]} × {shape[1]}")
    left.fill_between(k, values[0], values[2], color=theme.muted, alpha=0.5, lw=0)
    left.plot(k, s / np.linalg.norm(s), color=theme.colors[0])
    left.set_ylabel("σᵢ / ‖W‖ (no unit)")
    left.set_ylim(0)
    left.text(9, (s / np.linalg.norm(s))[5], "trained layer", color=theme.colors[0], va="bottom")
    left.text(40, values[2][30], "Gaussian noise", color=theme.ink, va="bottom")
    right.fill_between(k, energy[0], energy[2], color=theme.muted, alpha=0.6, lw=0)
    right.plot(k, 100 * np.cumsum(s**2) / np.sum(s**2), color=theme.colors[0])
    right.axhline(90, color=theme.colors[1], lw=1.2, ls="--")
    right.axvline(0.1 * len(s), color=theme.colors[1], lw=1.2, ls="--")
    right.text(0.1 * len(s) + 1, 6, "a tenth of the values", color=theme.colors[1])
    right.text(1, 92, "90 %", color=theme.colors[1], va="bottom")
    right.set_ylabel("energy kept (%)")
    right.set_xlabel("number of singular values kept")
    right.set_ylim(0, 104)
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
