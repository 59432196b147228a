"""Relative error of singular values that fall by 1e16, method by method, in two kinds of matrix."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"accuracy": "operators/accuracy.npz"}
TITLES = {"hidden": "graded in a hidden basis", "columns": "graded by columns"}


def draw(theme: Theme, accuracy: Path) -> Figure:
    fig, panels = plt.subplots(2, 1, figsize=(WIDTH, 5.8), sharex=True, sharey=True)
    blue, orange = theme.colors[:2]
    with np.load(accuracy) as data:
        for axes, (name, title) in zip(panels, TITLES.items(), strict=True):
            x = data[f"{name}_true"]
            for method, color, mark in (
                ("lapack", theme.ink, "+"), ("eig", orange, "o"), ("jacobi", blue, "x")
            ):  # fmt: skip
                error = np.maximum(data[f"{name}_{method}"], 1e-17)
                axes.loglog(x, error, mark, ls="-", lw=0.8, ms=6, mfc="none", color=color)
            axes.set_title(title)
            axes.set_ylabel("relative error")
    panels[0].set_xlim(3, 1e-17)  # falling, as the values are listed
    panels[0].text(1e-4, 1e-6, "eig of A*A", color=orange, ha="right")
    panels[0].text(1e-10, 1e-14, "LAPACK and\nJacobi", color=theme.ink, ha="left")
    panels[1].text(1e-16, 3e-15, "Jacobi", color=blue, ha="right")
    panels[1].text(2e-13, 1e-12, "LAPACK", color=theme.ink, ha="left")
    panels[1].text(1e-11, 1e-5, "eig of A*A", color=orange, ha="right")
    panels[1].set_xlabel("singular value / σ₁")
    return fig


if __name__ == "__main__":
    figure.run(draw, INPUTS)
