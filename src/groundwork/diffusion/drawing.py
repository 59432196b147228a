"""Many small images as one picture."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from groundwork.core.style import Theme


def mosaic(images: np.ndarray, gap: int = 2) -> np.ndarray:
    """Images side by side, `gap` pixels of NaN between them.

    Shapes: images (rows, columns, H, W), returns (rows·(H + gap) − gap, columns·(W + gap) − gap).
    """
    rows, columns, height, width = images.shape
    out = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for i in range(rows):
        for j in range(columns):
            top, left = i * (height + gap), j * (width + gap)
            out[top : top + height, left : left + width] = images[i, j]
    return out


def show(axes: Axes, images: np.ndarray, theme: Theme, gap: int = 2) -> AxesImage:
    """A mosaic on bare axes: bytes 0 as the theme's paper, 255 as its ink."""
    axes.set_axis_off()
    colors = "gray_r" if theme.name == "light" else "gray"
    return axes.imshow(mosaic(images, gap), cmap=colors, vmin=0, vmax=255, interpolation="none")


def square(images: np.ndarray, most: int) -> np.ndarray:
    """The first images (N, H, W) as a square of at most `most` a side, (side, side, H, W)."""
    side = min(most, int(len(images) ** 0.5))
    return images[: side**2].reshape(side, side, *images.shape[1:])
