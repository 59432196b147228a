"""Which digit is taken for which: counts over all seeds, the right answers left blank."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"mnist": "autograd/mnist.npz"}


def draw(theme: Theme, mnist: Path) -> Figure:
    counts = np.load(mnist)["confusion"]
    wrong = counts - np.diag(np.diag(counts))
    shades = LinearSegmentedColormap.from_list("shades", [theme.paper, theme.colors[1]])
    picture, axes = plt.subplots(figsize=(WIDTH, 5.2))
    axes.imshow(wrong, cmap=shades)
    for true in range(len(wrong)):
        for guess in range(len(wrong)):
            if true == guess:
                axes.text(guess, true, "·", ha="center", va="center", color=theme.muted)
            elif wrong[true, guess]:
                strong = wrong[true, guess] > 0.6 * wrong.max()
                color = theme.paper if strong else theme.ink
                text = str(wrong[true, guess])
                axes.text(guess, true, text, ha="center", va="center", color=color, fontsize=11)
    axes.set_xticks(range(len(wrong)))
    axes.set_yticks(range(len(wrong)))
    axes.set_xlabel("taken for")
    axes.set_ylabel("true digit")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
