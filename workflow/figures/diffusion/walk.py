"""A walk between pairs of noises: the samples that DDIM makes of the points on the way, and back."""

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
        walk = arrays["walk"]
    picture, axes = plt.subplots(figsize=(3.2, 3.2))
    drawn = show(axes, square(walk[0], 3), theme)
    for images in [*walk, *walk[-2:0:-1]]:
        drawn.set_data(mosaic(square(images, 3)))
        yield picture


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.18, hold=0.18, poster=0)
