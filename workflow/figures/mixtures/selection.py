"""BIC over the number of components, and the way to k-means as the covariances shrink."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"selection": "mixtures/selection.npz"}


def draw(theme: Theme, selection: Path) -> Figure:
    data = np.load(selection)
    figure_, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.2))
    left.plot(data["sizes"], data["bic"], "o-", color=theme.colors[0])
    best = int(np.argmin(data["bic"]))
    left.plot(data["sizes"][best], data["bic"][best], "o", color=theme.colors[1], markersize=11)
    left.set(xlabel="components K", ylabel="BIC (nats)", xticks=data["sizes"])
    right.loglog(data["widths"], np.maximum(data["gaps"], 1e-16), "o-", color=theme.colors[0])
    right.loglog(data["widths"], np.maximum(data["softness"], 1e-16), "s--", color=theme.colors[1])
    right.invert_xaxis()
    right.set(xlabel="σ of every component", ylim=(1e-17, 1e3))
    right.text(0.3, 0.86, "distance to k-means", color=theme.colors[0], transform=right.transAxes)
    right.text(0.05, 0.05, "softness\n(squares)", color=theme.colors[1], transform=right.transAxes)
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
