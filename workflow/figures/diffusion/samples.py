"""Samples, the first ones of their seed, of this run and of the recorded weights."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.diffusion.drawing import show, square
from groundwork_harness.pipeline import figure

INPUTS = {"samples": "diffusion/samples.npz"}
WORDS = {"own": "trained in this build", "recorded": "trained longer, recorded"}


def draw(theme: Theme, samples: Path) -> Figure:
    with np.load(samples) as arrays:
        sets = {name: arrays[name] for name in WORDS if name in arrays.files}
    picture, panels = plt.subplots(1, len(sets), figsize=(5.6, 3.1), squeeze=False)
    for axes, (name, images) in zip(panels[0], sets.items(), strict=True):
        show(axes, square(images, 10), theme)
        axes.set_title(WORDS[name], fontsize=11)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
