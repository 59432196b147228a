"""Training on a fiftieth of the text: the two losses part, and validation turns."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"curve": "transformer/overfit.csv"}


def draw(theme: Theme, curve: Path) -> Figure:
    run = pd.read_csv(curve)
    picture, axes = plt.subplots(figsize=(5.6, 3.6))
    (judged,) = axes.plot(run["iteration"], run["validation"], "o-", ms=4, color=theme.colors[0])
    (training,) = axes.plot(run["iteration"], run["train"], "--", color=theme.colors[1])
    label_lines(axes, {"validation": judged, "training": training})
    best = run["validation"].idxmin()
    axes.annotate(
        "best",
        (run["iteration"][best], run["validation"][best]),
        xytext=(0, -34),
        textcoords="offset points",
        ha="center",
        arrowprops={"arrowstyle": "->", "color": theme.muted},
    )
    axes.set_xlabel("updates")
    axes.set_ylabel("loss (nats per character)")
    axes.grid(axis="y")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
