"""Drawing: one head's attention over one example, with the characters on both axes."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from groundwork.core.style import Theme

EARLY = 4  # rows with so little to look at that their weights are large whatever the head does
VISIBLE = {" ": "␣", "\n": "↵"}


def attention_map(
    theme: Theme, arrays: Mapping[str, np.ndarray], pattern: str, kind: str, target: str
) -> Figure:
    """Row i shows where position i looks; boxes mark where it would look by the pattern.

    `arrays` hold, under the pattern's name, text (T,) of single characters, marks (T, T), head
    (its layer and number) and, by `kind`, the weights (T, T) of the trained or untrained network.
    """
    text, marks, weights = (arrays[f"{pattern}_{part}"] for part in ("text", "marks", kind))
    layer, head = arrays[f"{pattern}_head"]
    title = f"layer {layer}, head {head}"
    if kind == "untrained":
        title = f"untrained: {title}"
    size = len(text)
    picture, axes = plt.subplots(figsize=(5.6, 5.9))
    shades = LinearSegmentedColormap.from_list("weights", [theme.paper, theme.colors[0]])
    image = axes.imshow(weights, cmap=shades, vmin=0, vmax=float(weights[EARLY:].max()))
    for start, stop in outline(marks):
        axes.plot(*zip(start, stop, strict=True), color=theme.colors[1], lw=1.6)
    labels = [VISIBLE.get(character, character) for character in text]
    axes.set_xticks(range(size), labels, family="DejaVu Sans Mono", fontsize=10)
    axes.set_yticks(range(size), labels, family="DejaVu Sans Mono", fontsize=10)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.set_ylabel("reading at this character")
    axes.set_title(f"{title} looks at …", pad=6)
    bar = picture.colorbar(
        image, ax=axes, orientation="horizontal", shrink=0.8, pad=0.02, extend="max"
    )
    bar.set_label(f"share of a row's attention; outlined: {target}", fontsize=10.5)
    bar.outline.set_visible(False)  # type: ignore[operator]
    return picture


def outline(marks: np.ndarray) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The edges between marked and unmarked cells, as (x, y) pairs in an image's coordinates."""
    padded = np.pad(marks, 1)
    edges = []
    for row, column in np.argwhere(padded[:, 1:] != padded[:, :-1]):  # upright, left of `column`
        x = column - 0.5
        edges.append(((x, row - 1.5), (x, row - 0.5)))
    for row, column in np.argwhere(padded[1:] != padded[:-1]):  # level, above `row`
        y = row - 0.5
        edges.append(((column - 1.5, y), (column - 0.5, y)))
    return edges
