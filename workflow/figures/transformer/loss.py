"""Losses on the whole validation split and on as much training text, over the updates."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"curve": "transformer/train.csv"}


def draw(theme: Theme, curve: Path) -> Figure:
    table = pd.read_csv(curve)
    picture, axes = plt.subplots(figsize=(5.6, 3.6))
    for seed, run in table.groupby("seed"):
        updates = run["iteration"]
        (training,) = axes.plot(updates, run["train"], "--", color=theme.colors[1])
        (judged,) = axes.plot(updates, run["validation"], "o-", ms=4, color=theme.colors[0])
        if seed == table["seed"].min():
            apart = abs(run["validation"].iloc[-1] - run["train"].iloc[-1])
            middle = len(run) // 3
            axes.annotate(
                "validation",
                (updates.iloc[middle], run["validation"].iloc[middle]),
                xytext=(8, 10),
                textcoords="offset points",
                color=judged.get_color(),
            )
            axes.annotate(
                "training",
                (updates.iloc[middle], run["train"].iloc[middle]),
                xytext=(-4, -16),
                textcoords="offset points",
                color=training.get_color(),
                ha="right",
            )
            if apart > 0.02:
                last = run.iloc[-1]
                label_lines(
                    axes, {f"{last['validation']:.2f}": judged, f"{last['train']:.2f}": training}
                )
    axes.set_xlabel("updates")
    axes.set_ylabel("loss (nats per character)")
    axes.grid(axis="y")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
