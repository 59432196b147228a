"""One head removed: the rise of the loss where it serves, elsewhere, and without another head."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"removals": "transformer/attention/removals.csv"}
GROUPS = {
    "served": ("where it serves", "o", 0),
    "control": ("same places, another head gone", "s", 1),
    "elsewhere": ("everywhere else", "D", 2),
}


def draw(theme: Theme, removals: Path) -> Figure:
    table = pd.read_csv(removals)
    patterns = list(table["pattern"].unique())
    picture, axes = plt.subplots(figsize=(5.6, 4.4))
    for offset, (group, (label, marker, color)) in zip(
        (-0.25, 0.0, 0.25), GROUPS.items(), strict=True
    ):
        rows = table[table["group"] == group].set_index("pattern").loc[patterns]
        height = np.arange(len(patterns)) + offset
        reach = [rows["rise"] - rows["low"], rows["high"] - rows["rise"]]
        style = {"fmt": marker, "ms": 6, "color": theme.colors[color], "elinewidth": 2}
        axes.errorbar(rows["rise"], height, xerr=np.maximum(reach, 0), **style)
        axes.text(
            0.98,
            0.99 - 0.07 * list(GROUPS).index(group),
            f"{label} {'●■◆'[list(GROUPS).index(group)]}",
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=10.5,
            color=theme.colors[color],
        )
    axes.axvline(0, color=theme.muted, lw=1)
    first = table.drop_duplicates("pattern").set_index("pattern")
    heads = zip(first.index, first["layer"], first["head"], strict=True)
    names = [f"{p.replace('_', ' ')}\n(layer {layer}, head {head})" for p, layer, head in heads]
    axes.set_yticks(range(len(patterns)), names, fontsize=10.5)
    axes.set_ylim(len(patterns) - 0.5, -2.0)
    axes.set_xlabel("rise of the loss without the head (nats)")
    axes.grid(axis="x")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
