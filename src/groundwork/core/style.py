"""Plot style: one figure source, every medium.

Colours are Okabe and Ito's palette ("Color universal design", 2008), which the common forms of
colour blindness keep apart, lightened for the dark theme. Text is drawn large enough to be read
when a 5.6 in figure is shown 340 px wide on a phone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler

mpl.use("Agg")
import matplotlib.pyplot as plt

WIDTH = 5.6  # inches: the text column of the site and of the PDFs


@dataclass(frozen=True)
class Theme:
    """Colours of one medium: ink (text, axes), muted (grids, baselines), paper, and a cycle."""

    name: str
    ink: str
    muted: str
    paper: str
    colors: tuple[str, ...]


LIGHT = Theme(
    "light",
    ink="#1b1f24",
    muted="#6b7280",
    paper="#ffffff",
    colors=("#0072b2", "#d55e00", "#009e73", "#b4568f", "#b8860b", "#3a8fc7", "#555555"),
)
DARK = Theme(
    "dark",
    ink="#e6e8eb",
    muted="#9aa3ad",
    paper="#14171a",
    colors=("#56b4e9", "#ff8c42", "#2fd1a2", "#e39ac5", "#f0e442", "#9ad0f5", "#bbbbbb"),
)


@contextmanager
def themed(theme: Theme) -> Iterator[Theme]:
    """Matplotlib set to `theme` within the block; identical input gives identical bytes."""
    settings: dict[str, Any] = {
        "figure.figsize": (WIDTH, 3.4),
        "figure.facecolor": theme.paper,
        "figure.constrained_layout.use": True,
        "figure.max_open_warning": 0,
        "savefig.facecolor": theme.paper,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.titlecolor": theme.ink,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=list(theme.colors)),
        "axes.grid": False,
        "grid.color": theme.muted,
        "grid.alpha": 0.25,
        "text.color": theme.ink,
        "xtick.color": theme.ink,
        "ytick.color": theme.ink,
        "font.size": 11.5,
        "font.family": "DejaVu Sans",
        "mathtext.fontset": "dejavusans",
        "lines.linewidth": 1.8,
        "legend.frameon": False,
        "svg.hashsalt": "groundwork",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "image.cmap": "viridis",
    }
    with mpl.rc_context(settings):  # type: ignore[arg-type]
        yield theme
        plt.close("all")


def label_lines(axes: mpl.axes.Axes, lines: Mapping[str, mpl.lines.Line2D]) -> None:
    """Write each text at the end of its line, in the line's colour: direct labels.

    Labels that would overlap move apart, as little as possible in all. The axes' scales and
    limits must be set already.
    """
    if not lines:
        return
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # now the layout is known
    texts, ends = list(lines), [np.asarray(line.get_xydata())[-1] for line in lines.values()]
    heights = axes.transData.transform(ends)[:, 1] * 72 / axes.figure.dpi  # points
    order = np.argsort(heights, kind="stable")
    places = heights[order]
    floor = axes.bbox.y0 * 72 / axes.figure.dpi + 0.7 * mpl.rcParams["font.size"]
    for _ in range(200):  # neighbours push each other away until all have room
        push = np.maximum(0, 1.25 * mpl.rcParams["font.size"] - np.diff(places)) / 2
        places[:-1] -= push
        places[1:] += push
        places = np.maximum(places, floor)  # no label on the axis below
    for i, place in zip(order, places, strict=True):
        look: dict[str, Any] = {"color": lines[texts[i]].get_color(), "va": "center"}
        offset: dict[str, Any] = {"xytext": (5, place - heights[i]), "textcoords": "offset points"}
        axes.annotate(texts[i], ends[i], annotation_clip=False, **look, **offset)
