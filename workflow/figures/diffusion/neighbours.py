"""Distances to the nearest training image, and the closest pairs side by side."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.diffusion.drawing import show
from groundwork_harness.pipeline import figure

INPUTS = {"judged": "diffusion/judge.npz"}
WORDS = {"expected": "test images", "own_nearest": "this run", "recorded_nearest": "recorded"}


def draw(theme: Theme, judged: Path) -> Figure:
    picture, (top, bottom) = plt.subplots(2, 1, figsize=(5.6, 5.0), height_ratios=(1.6, 1))
    with np.load(judged) as arrays:
        sets = {name: arrays[name] for name in WORDS if name in arrays.files}
        edges = np.linspace(0, max(v.max() for v in sets.values()), 41)
        for place, (name, values) in enumerate(sets.items()):
            share = np.histogram(values, edges)[0] / len(values)
            look = {"color": theme.colors[place], "linewidth": 1.8, "label": WORDS[name]}
            top.stairs(100 * share, edges, **look)
        pairs = np.stack([arrays["closest"], arrays["closest_train"]])
    top.set(xlabel="distance to the nearest training image", ylabel="share of images (%)")
    top.legend(fontsize=10)
    show(bottom, pairs, theme)
    bottom.set_title("closest samples (above) and their training images", fontsize=11)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
