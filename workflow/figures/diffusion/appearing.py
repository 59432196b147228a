"""The film: digits appearing out of pure noise, and what the network expects them to become."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.diffusion.drawing import mosaic, show, square
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"process": "diffusion/process.npz"}


def frames(theme: Theme, process: Path) -> Iterator[Figure]:
    with np.load(process) as arrays:
        states, expected = arrays["appearing"], arrays["expected"]
    picture, panels = plt.subplots(1, 2, figsize=(5.6, 3.1))
    pair = (states, expected)
    drawn = [show(axes, square(p[0], 6), theme) for axes, p in zip(panels, pair, strict=True)]
    panels[0].set_title("the state", fontsize=11)
    panels[1].set_title("the x₀ expected from it", fontsize=11)
    for number in range(len(states)):
        for image, source in zip(drawn, pair, strict=True):
            image.set_data(mosaic(square(source[number], 6)))
        yield picture


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.12, hold=2.5, poster=-1)
