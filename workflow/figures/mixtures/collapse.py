"""A component falling onto one point, with and without a floor."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"collapse": "mixtures/collapse.npz"}


def draw(theme: Theme, collapse: Path) -> Figure:
    data = np.load(collapse)
    free, held = data["free"], data["held"][:12]
    figure_, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.2))
    left.semilogy(free[:, 0], "o-", color=theme.colors[1])
    left.semilogy(held[:, 0], "s--", color=theme.colors[0])
    left.set(xlabel="iteration", ylabel="variance (squared units)", ylim=(1e-9, 10))
    left.text(0.2, 3e-9, "no floor:\nthen refused", color=theme.colors[1])
    left.text(6.5, 4e-3, "floor", color=theme.colors[0])
    right.semilogx(data["widths"], data["likelihood"], color=theme.colors[3])
    right.invert_xaxis()
    right.set(xlabel="variance on the point", ylabel="log-likelihood (nats)")
    right.set_title("no maximum")
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
