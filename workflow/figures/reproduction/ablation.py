"""One change: the loss by width for both initial biases, and which features end represented."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"arrays": "reproduction/ablation.npz"}
LABELS = {"normal": "begin at N(0, 1)", "zero": "begin at 0"}
EDGES = ["−1.5", "−1", "−0.5", "0"]  # between the bins of the initial bias


def draw(theme: Theme, arrays: Path) -> Figure:
    picture, (losses, strong) = plt.subplots(1, 2, figsize=(WIDTH, 3.4), layout="constrained")
    with np.load(arrays) as found:
        for number, (bias, label) in enumerate(LABELS.items()):
            m, loss = found[f"strong_{bias}_m"], found[f"strong_{bias}_loss"]
            if len(m):
                losses.loglog(m, loss, "os"[number], color=theme.colors[number], label=label)
            if len(m) > 1:
                slope, height = np.polyfit(np.log(m), np.log(loss), 1)
                losses.loglog(m, np.exp(height) * m**slope, color=theme.colors[number], lw=1)
        bins = found["bins"]
    losses.set(xlabel="width m", ylabel="test loss", title="Loss and its power law")
    if losses.get_legend_handles_labels()[0]:
        losses.legend(title="biases", loc="lower left", fontsize=9, title_fontsize=9)
    for axis, ticks in ((losses.xaxis, [10, 25, 63]), (losses.yaxis, [0.02, 0.05, 0.1, 0.2, 0.5])):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    strong.set(xlabel="initial bias", ylabel="rows with norm above 1 (%)", ylim=(0, 105),
               title="Who is represented")  # fmt: skip
    if len(bins):
        mean, low, high = (100 * f(bins, axis=0) for f in (np.nanmean, np.nanmin, np.nanmax))
        strong.bar(range(len(mean)), mean, yerr=[mean - low, high - mean], width=0.9,
                   color=theme.colors[0], ecolor=theme.muted, capsize=2)  # fmt: skip
        strong.set_xticks(np.arange(len(EDGES)) + 0.5, EDGES)
    else:
        strong.text(0.5, 0.5, "not attempted", ha="center", transform=strong.transAxes)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
