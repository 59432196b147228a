"""Drawing: one head's attention over one example, with the characters on both axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from groundwork.core.style import Theme

VISIBLE = {" ": "␣", "\n": "↵"}


def attention_map(
    theme: Theme, text: np.ndarray, weights: np.ndarray, marks: np.ndarray, title: str, target: str
) -> Figure:
    """Row i shows where position i looks; boxes mark where it would look by the pattern.

    Shapes: text (T,) of single characters, weights and marks (T, T).
    """
    size = len(text)
    picture, axes = plt.subplots(figsize=(5.6, 5.9))
    shades = LinearSegmentedColormap.from_list("weights", [theme.paper, theme.colors[0]])
    image = axes.imshow(weights, cmap=shades, vmin=0, vmax=max(0.5, float(weights.max())))
    for row, column in np.argwhere(marks):
        box = plt.Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, lw=0.9)
        box.set_edgecolor(theme.colors[1])
        axes.add_patch(box)
    labels = [VISIBLE.get(character, character) for character in text]
    axes.set_xticks(range(size), labels, family="DejaVu Sans Mono", fontsize=10)
    axes.set_yticks(range(size), labels, family="DejaVu Sans Mono", fontsize=10)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.set_ylabel("reading at this character")
    axes.set_title(f"{title} looks at …", pad=6)
    bar = picture.colorbar(image, ax=axes, orientation="horizontal", shrink=0.8, pad=0.02)
    bar.set_label(f"share of a row's attention; boxes: {target}", fontsize=10.5)
    bar.outline.set_visible(False)  # type: ignore[operator]
    return picture
