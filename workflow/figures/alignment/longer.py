"""The longer run: politeness against divergence by β, every seed, and the updates of one run."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"runs": "alignment/recorded.csv"}


def draw(theme: Theme, runs: Path) -> Figure:
    table = pd.read_csv(runs)
    picture, axes = plt.subplots(figsize=(WIDTH, 3.8))
    axes.set(xlabel="KL from the base (nats an answer)", ylabel="polite answers (%)")
    if table["kl"].isna().all():
        axes.text(0.5, 0.5, "not recorded yet", ha="center", transform=axes.transAxes)
        return picture
    base, moved = (table[found] for found in (table["point"] == "base", table["point"] != "base"))
    axes.plot(base["kl"], base["phrases"], "o", color=theme.muted, label="base", clip_on=False)
    for number, (variant, part) in enumerate(moved.groupby("variant", sort=False)):
        ends = part[part["update"] == part["update"].max()]
        axes.errorbar(
            ends["kl"], ends["phrases"], xerr=2 * ends["kl_error"], fmt="osD^vP"[number % 6],
            color=theme.colors[number % len(theme.colors)], label=variant, lw=1, capsize=2,
        )  # fmt: skip
    runs_of = moved.groupby(moved["point"].str.partition("@")[0], sort=False)
    for _, part in runs_of:
        if len(part) == 1:
            continue
        steps = pd.concat([base, part.sort_values("update")])
        axes.plot(steps["kl"], steps["phrases"], color=theme.muted, lw=1, zorder=0)
        for _, row in steps.iloc[1:-1].iterrows():
            axes.annotate(
                f"update {row['update']:.0f}", (row["kl"], row["phrases"]), xytext=(8, -9),
                textcoords="offset points", fontsize=8, color=theme.muted,
            )  # fmt: skip
    axes.axvline(np.log(2), color=theme.muted, ls=":")
    axes.text(np.log(2), 1.0, " ln 2", color=theme.muted, fontsize=9, va="top",
              transform=axes.get_xaxis_transform())  # fmt: skip
    axes.set_ylim(min(20, base["phrases"].min() - 5), 106)
    axes.set_xlim(left=0)
    axes.grid(axis="y")
    axes.legend(loc="lower right", fontsize=8)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
