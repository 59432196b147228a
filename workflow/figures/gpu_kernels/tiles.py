"""What a program holds and what passes by: rows of a softmax, tiles of causal attention."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"facts": "gpu_kernels/traffic.json"}
SIDE, ROWS, COLUMNS = 12, 3, 2  # tokens, queries and keys of a tile in the sketch


def draw(theme: Theme, facts: Path) -> Figure:
    block = Result.read(facts).setting("block")
    figure_, (top, bottom) = plt.subplots(
        2, 1, figsize=(WIDTH, 5.4), gridspec_kw={"height_ratios": [1, 2.6]}
    )
    _rows(theme, top)
    _attention(theme, bottom, block)
    for axes in (top, bottom):
        axes.set_axis_off()
        axes.set_aspect("equal")
    return figure_


def _box(axes, x, y, width, height, color, hatch="", alpha=0.35, edge=None) -> None:
    axes.add_patch(Rectangle((x, y), width, height, facecolor=color, alpha=alpha, linewidth=0))
    axes.add_patch(
        Rectangle((x, y), width, height, fill=False, edgecolor=edge or color, hatch=hatch)
    )


def _rows(theme: Theme, axes) -> None:
    """Short rows share a program, one row fills one, a long row passes in blocks."""
    a, b, c = theme.colors[:3]
    for row in range(3):
        _box(axes, 0, 2.2 - 0.8 * row, 3.4, 0.7, a)
    axes.text(1.7, 3.15, "several short rows", color=a, ha="center")
    _box(axes, 5, 1.4, 7, 0.7, b)
    axes.text(8.5, 2.35, "one row", color=b, ha="center")
    for index in range(4):
        _box(axes, 13.6 + 2 * index, 1.4, 1.9, 0.7, c, hatch="" if index != 1 else "///")
    axes.text(17.5, 2.35, "a long row, block by block", color=c, ha="center")
    axes.text(17.5, 0.85, "m, s carried along →", color=c, ha="center", va="top")
    axes.set(xlim=(-0.3, 22), ylim=(-0.2, 4))


def _attention(theme: Theme, axes, block: int) -> None:
    """The score matrix that is never stored: tiles seen whole, tiles cut by the mask, and skipped."""
    seen, cut, skipped = theme.colors[0], theme.colors[1], theme.muted
    for top in range(0, SIDE, ROWS):
        for left in range(0, SIDE, COLUMNS):
            y = SIDE - top - ROWS
            if left + COLUMNS - 1 <= top:
                _box(axes, left, y, COLUMNS, ROWS, seen)
            elif left <= top + ROWS - 1:
                _box(axes, left, y, COLUMNS, ROWS, cut, hatch="///")
            else:
                _box(axes, left, y, COLUMNS, ROWS, theme.paper, alpha=0, edge=skipped)
    axes.plot([0, SIDE], [SIDE, 0], color=theme.ink, linewidth=1)
    axes.add_patch(Rectangle((0, ROWS), SIDE, ROWS, fill=False, edgecolor=theme.ink, linewidth=2.5))
    _box(axes, -2.6, ROWS, 1.6, ROWS, theme.colors[2])
    axes.text(-1.8, ROWS * 1.5, "Q", ha="center", va="center")
    axes.text(-2.9, ROWS * 1.5, f"{block} queries\nstay", ha="right", va="center")
    _box(axes, 4, SIDE + 0.6, COLUMNS, 1.2, theme.colors[2])
    axes.text(5, SIDE + 1.2, "K, V", ha="center", va="center")
    axes.text(6.5, SIDE + 1.2, "pass by →", va="center")
    words = [("every query sees every key", seen, 10.2), ("the mask cuts through", cut, 7.6),
             ("never visited", skipped, 5)]  # fmt: skip
    for text, color, y in words:
        axes.text(SIDE + 0.6, y, text, color=color, va="center")
    axes.set(xlim=(-8, 21), ylim=(-0.4, SIDE + 2.2))


if __name__ == "__main__":
    figure.run(draw, INPUTS)
