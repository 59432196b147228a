"""The worst mistakes: the test images with the highest loss, unselected."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"mnist": "autograd/mnist.npz"}


def draw(theme: Theme, mnist: Path) -> Figure:
    data = np.load(mnist)
    columns = 6
    rows = -(-len(data["mistakes"]) // columns)
    picture, grid = plt.subplots(rows, columns, figsize=(WIDTH, 1.25 * rows), squeeze=False)
    for position, axes in enumerate(grid.flat):
        axes.axis("off")
        if position >= len(data["mistakes"]):
            continue
        image = data["mistakes"][position]
        axes.imshow(image, cmap="gray" if theme.name == "dark" else "gray_r", vmin=0, vmax=255)
        label, guess = data["mistake_labels"][position], data["mistake_guesses"][position]
        axes.set_title(f"{label} → {guess}", fontsize=13, loc="center", color=theme.ink)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
