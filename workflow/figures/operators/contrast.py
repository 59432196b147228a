"""Distance contrast against dimension: Gaussian data, real vectors, and who is still found."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"contrast": "operators/contrast.npz"}
SHORT = {"MNIST pixels": "pixels"}
RIGHT = {"stage 2": (5, 4), "stage 1": (6, -3)}  # labels right of their dots, by how many points


def draw(theme: Theme, contrast: Path) -> Figure:
    with np.load(contrast) as file:
        data = {name: file[name] for name in file}
    blue, orange, green = theme.colors[:3]
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.6), sharex=True, height_ratios=[2, 1])
    low, middle, high = data["contrast"].T
    top.fill_between(data["dims"], low, high, color=blue, alpha=0.3, lw=0)
    top.loglog(data["dims"], middle, color=blue)
    top.text(4, 30, "Gaussian points", color=blue)
    top.loglog(data["dim"], data["contrast_real"], "o", ms=7, color=orange)
    top.loglog(data["dim"], data["shuffled"], "v", ms=6, mfc="none", color=orange)
    for name, x, y, z in zip(
        data["names"], data["dim"], data["contrast_real"], data["shuffled"], strict=True
    ):
        top.plot([x, x], [z, y], ":", lw=1, color=orange)
        short = SHORT.get(str(name), str(name).partition(", ")[2])
        left = short not in RIGHT
        top.annotate(short, (x, y), RIGHT.get(short, (-6, 5)), textcoords="offset points",
                     ha="right" if left else "left", color=orange, fontsize=10)  # fmt: skip
    top.text(300, 100, "● real vectors\n▽ their coordinates\n    shuffled apart", color=orange)
    top.set_xlim(0.8, 9e4)
    top.set_ylabel("contrast (max − min)/min")
    bottom.semilogx(data["dims"], data["planted"], "s-", ms=5, color=green)
    bottom.text(1.2, 40, "queries that find\ntheir own point", color=green)
    bottom.set_ylim(-4, 104)
    bottom.set_ylabel("found first (%)")
    bottom.set_xlabel("dimension")
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
