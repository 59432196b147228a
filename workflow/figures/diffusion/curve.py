"""Held-out loss over the images seen: the laptop's run, and the recorded one."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"curves": "diffusion/recorded.csv"}
LOOKS = {
    "own": ("-", 0, "this run"),
    "recorded": ("--", 2, "recorded run, cooled down at its end"),
}


def draw(theme: Theme, curves: Path) -> Figure:
    table = pd.read_csv(curves)
    picture, axes = plt.subplots(figsize=(5.6, 3.6))
    for name, (style, color, words) in LOOKS.items():
        run = table[table["run"] == name]
        if len(run):
            line = {"color": theme.colors[color], "label": words}
            axes.plot(run["images"], run["validation"], style, marker="o", ms=3, **line)
    axes.set(xscale="log", yscale="log", xlabel="thousands of training images seen")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda seen, _: f"{seen / 1000:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("held-out ε-loss a pixel")
    axes.yaxis.set_major_formatter("{x:.3g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.tick_params(axis="y", which="both", labelsize=9.5)
    axes.grid(axis="y", which="both")
    axes.legend(fontsize=10)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
