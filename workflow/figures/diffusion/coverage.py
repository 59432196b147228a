"""Share of each digit among training images and samples, as the classifier reads them."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"table": "diffusion/judge.csv"}
WORDS = {"train": "training images", "own": "this run", "recorded": "recorded"}


def draw(theme: Theme, table: Path) -> Figure:
    shares = pd.read_csv(table)
    names = [name for name in WORDS if name in set(shares["images"])]
    picture, axes = plt.subplots(figsize=(5.6, 3.2))
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        part = shares[shares["images"] == name]
        x = part["digit"] + (place - (len(names) - 1) / 2) * width
        axes.bar(x, 100 * part["share"], width, color=theme.colors[place], label=WORDS[name])
    axes.axhline(3, color=theme.muted, linewidth=1, linestyle=":")
    axes.set(xlabel="digit", ylabel="share (%)", xticks=range(10))
    axes.legend(fontsize=10, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
