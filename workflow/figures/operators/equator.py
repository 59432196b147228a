"""Share of the ball near its equator, and of the cube inside the ball."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"volumes": "operators/volumes.npz"}


def draw(theme: Theme, volumes: Path) -> Figure:
    with np.load(volumes) as file:
        data = {name: file[name] for name in file}
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.0))
    box = {"facecolor": theme.paper, "lw": 0, "pad": 1.5, "alpha": 0.85}
    for i, d in enumerate(data["slab_dims"]):
        color = theme.colors[i % len(theme.colors)]
        top.plot(data["heights"], 100 * data["inside"][i], color=color)
        top.plot(data["heights"], 100 * (1 - data["bound"][i]), ":", lw=1.3, color=color)
        at = int(np.argmax(data["inside"][i] > 0.2 + 0.17 * (len(data["slab_dims"]) - 1 - i)))
        top.annotate(f"d = {d}", (data["heights"][at], 100 * data["inside"][i][at]), (0, 0),
                     textcoords="offset points", color=color, va="center", bbox=box)  # fmt: skip
    top.set_xlabel("height above and below the equator (radii)")
    top.set_ylabel("share of the ball (%)")
    top.text(0.98, 6, "dotted: the theorem's bound", ha="right", fontsize=10.5)
    blue, orange = theme.colors[:2]
    dims = data["dims"][:31]
    bottom.plot(dims, data["balls"][:31], "o-", ms=4, color=blue)
    bottom.text(9, 20, "volume of the unit ball", color=blue)
    bottom.semilogy(dims, np.exp(data["log_cube"][:31]), "s-", ms=4, color=orange)
    bottom.text(14, 1e-9, "its share of\nthe cube around it", color=orange, ha="right")
    bottom.set_ylim(top=1e3)
    bottom.set_xlabel("dimension")
    bottom.set_ylabel("volume, share")
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
