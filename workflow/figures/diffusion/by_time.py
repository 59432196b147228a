"""Held-out loss by time step: where predicting the noise is hard."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"train": "diffusion/train.npz"}


def draw(theme: Theme, train: Path) -> Figure:
    with np.load(train) as arrays:
        edges, losses = arrays["edges"], arrays["losses"]
    picture, axes = plt.subplots(figsize=(5.6, 3.2))
    axes.stairs(losses, edges, color=theme.colors[0], linewidth=1.8)
    axes.set(yscale="log", xlabel="time step t", ylabel="held-out ε-loss a pixel")
    axes.grid(axis="y", which="both")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
