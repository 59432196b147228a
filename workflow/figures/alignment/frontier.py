"""Polite answers against the divergence from the base that they cost, point by point."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"points": "alignment/evaluate.csv"}


def draw(theme: Theme, points: Path) -> Figure:
    table = pd.read_csv(points)
    base, moved = table.iloc[0], table.iloc[1:]
    picture, axes = plt.subplots(figsize=(WIDTH, 3.8))
    low, high = moved["phrases_low"], moved["phrases_high"]
    runs = moved["point"].str.partition("@")[0]
    for number, run in enumerate(dict.fromkeys(runs)):
        part = moved[runs == run]
        colour = theme.colors[number % len(theme.colors)]
        rise = part["phrases_rise"]
        axes.errorbar(
            part["kl"],
            rise,
            xerr=2 * part["kl_error"],
            yerr=[rise - low[part.index], high[part.index] - rise],
            fmt="o-",
            color=colour,
            lw=1,
            capsize=2,
        )
        for _, row in part.iterrows():
            axes.annotate(
                row["point"].replace("@", ", update "),
                (row["kl"], row["phrases_rise"]),
                xytext=(6, -13),
                textcoords="offset points",
                color=colour,
                fontsize=9,
            )
    axes.axvline(np.log(2), color=theme.muted, ls=":")
    axes.text(np.log(2), 2, " ln 2", color=theme.muted, fontsize=9)
    axes.axhline(100 - base["phrases"], color=theme.muted, ls="--", lw=1)
    axes.text(
        0.995, 101.5 - base["phrases"], "every answer polite", color=theme.muted, fontsize=9,
        ha="right", transform=axes.get_yaxis_transform(),
    )  # fmt: skip
    axes.set(xlabel="KL from the base (nats an answer)", ylabel="polite answers: rise in points")
    axes.margins(x=0.2)
    axes.set_xlim(left=0)
    axes.set_ylim(min(0, low.min()) - 1, max(100 - base["phrases"], high.max()) + 8)
    axes.grid(axis="y")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
