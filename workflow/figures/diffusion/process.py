"""The reverse process from pure noise: states in the upper rows, estimates of x₀ below each."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.diffusion.drawing import show
from groundwork_harness.pipeline import figure

INPUTS = {"process": "diffusion/process.npz"}
GAP = 2


def draw(theme: Theme, process: Path) -> Figure:
    with np.load(process) as arrays:
        columns, states, estimates = (arrays[n] for n in ("columns", "states", "estimates"))
    pairs = np.stack([states, estimates], axis=2)  # (columns, rows, 2, H, W)
    rows = pairs.shape[1]
    images = pairs.transpose(1, 2, 0, 3, 4).reshape(2 * rows, len(columns), *pairs.shape[3:])
    pitch = images.shape[-1] + GAP
    height = 5.6 * 2 * rows / len(columns) + 0.5
    picture, axes = plt.subplots(figsize=(5.6, height))
    show(axes, images, theme, GAP)
    for place, t in enumerate(columns):
        words = f"t = {t}" if place == 0 else f"{t}"
        x = place * pitch + (pitch - GAP) / 2
        axes.text(x, -5, words, ha="center", va="bottom", fontsize=9, color=theme.ink)
    for row in range(1, rows):
        axes.axhline(2 * row * pitch - GAP / 2 - 0.5, color=theme.muted, linewidth=0.8)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
