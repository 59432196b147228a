"""Live intervals of one small graph under two orders: boxes of bytes by steps."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"profiles": "scheduler/intervals.npz"}


def draw(theme: Theme, profiles: Path) -> Figure:
    data = np.load(profiles)
    picture, rows = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True, sharey=True)
    names = (("first", "first ready, first run"), ("best", "the optimal order"))
    for axes, (name, title) in zip(rows, names, strict=True):
        births, deaths = data[f"{name}_births"], data[f"{name}_deaths"]
        address, sizes = data[f"{name}_address"] / 1024, data["sizes"] / 1024
        for v, label in enumerate(data["ids"].tolist()):
            width = deaths[v] - births[v]
            axes.add_patch(
                Rectangle(
                    (births[v], address[v]),
                    width,
                    sizes[v],
                    facecolor=theme.colors[v % 5],
                    alpha=0.55,
                    edgecolor=theme.paper,
                )
            )
            middle = (births[v] + width / 2, address[v] + sizes[v] / 2)
            axes.annotate(label, middle, ha="center", va="center", fontsize=10)
        during = data[f"{name}_during"] / 1024
        steps = np.arange(len(during) + 1)
        axes.stairs(during, steps, color=theme.ink, linewidth=1.6, baseline=None)
        axes.set_title(f"{title}: peak {during.max():.0f} KiB")
        axes.set_ylabel("memory (KiB)")
        axes.set_xlim(0, len(during))
        axes.set_xticks(steps)
    rows[0].set_ylim(0, 1.12 * max(data[f"{n}_during"].max() for n, _ in names) / 1024)
    rows[1].set_xlabel("step")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
