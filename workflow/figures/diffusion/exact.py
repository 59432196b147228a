"""Samplers fed with the exact denoiser of three Gaussians, beside the data."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"checks": "diffusion/checks.npz"}
PANELS = {
    "data": "data",
    "ancestral": "ancestral, every step",
    "ddim": "DDIM, 50 steps",
    "noisy_end": "noise at the last of 50",
}


def draw(theme: Theme, checks: Path) -> Figure:
    picture, panels = plt.subplots(2, 2, figsize=(5.6, 5.6), sharex=True, sharey=True)
    with np.load(checks) as arrays:
        for axes, (name, words) in zip(panels.flat, PANELS.items(), strict=True):
            points = arrays[name][:2000]
            color = theme.colors[0 if name == "data" else 1]
            axes.scatter(*points.T, s=3, alpha=0.4, linewidths=0, color=color)
            axes.set_title(words, fontsize=11)
            axes.set(xlim=(-1.2, 1.2), ylim=(-1.3, 1.2), aspect="equal")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
