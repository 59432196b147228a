"""Fréchet distance against network calls: DDIM and ancestral sampling of the same weights."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"table": "diffusion/samplers.csv"}


def draw(theme: Theme, table: Path) -> Figure:
    rows = pd.read_csv(table)
    picture, axes = plt.subplots(figsize=(5.6, 3.4))
    lines = {}
    for place, name in enumerate(("DDIM", "ancestral")):
        part = rows[rows["sampler"] == name]
        bars = [part["frechet"] - part["low"], part["high"] - part["frechet"]]
        look = {"color": theme.colors[place], "capsize": 3}
        axes.errorbar(part["calls"], part["frechet"], yerr=bars, fmt="none", **look)
        (lines[name],) = axes.plot(part["calls"], part["frechet"], "o-", color=theme.colors[place])
    axes.set(xscale="log", xlabel="network calls", ylim=(0, None))
    axes.set_ylabel("Fréchet distance")
    calls = sorted(set(rows["calls"]))
    axes.set_xticks(calls, [str(n) for n in calls])
    axes.set_xlim(calls[0] * 0.9, calls[-1] * 1.6)
    axes.minorticks_off()
    label_lines(axes, lines)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
