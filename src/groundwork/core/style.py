"""Plot style: one figure source, every medium (light and dark SVG, PDF, PNG, GIF).

Colours are Okabe and Ito's palette ("Color universal design", 2008), which the common forms of
colour blindness keep apart, lightened for the dark theme. Text is drawn large enough to be read
when a 5.6 in figure is shown 340 px wide on a phone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox
from PIL import Image

from groundwork.core.atomic import replacing

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

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


def save_figure(draw: Callable[[Theme], Figure], stem: Path | str) -> None:
    """Write `<stem>.light.svg`, `.dark.svg`, `.pdf` and `.png` of one drawing function."""
    for theme in (LIGHT, DARK):
        with themed(theme):
            _save_still(draw(theme), stem, theme)


def save_animation(
    frames: Callable[[Theme], Iterable[Figure]],
    stem: Path | str,
    *,
    seconds: float = 0.1,
    hold: float = 1.5,
    poster: int = -1,
) -> None:
    """Write `<stem>.light.gif` and `.dark.gif`, and frame `poster` as a still in every medium.

    Each frame lasts `seconds` and the last one `hold`, so that the end can be read. `poster` is a
    frame's index, or -1 for the last.
    """
    import imageio.v3 as iio

    for theme in (LIGHT, DARK):
        images = []
        with themed(theme):
            figure, places = None, list[Bbox]()
            for index, figure in enumerate(frames(theme)):
                figure.set_dpi(110)
                _place(figure, places)
                figure.canvas.draw()
                places = places or [axes.get_position(original=True) for axes in figure.axes]
                images.append(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())  # type: ignore[attr-defined]
                if index == poster:
                    _save_still(figure, stem, theme)
            if figure is not None and poster == -1:
                _save_still(figure, stem, theme)
        durations = [1000 * seconds] * (len(images) - 1) + [1000 * hold]
        with replacing(f"{stem}.{theme.name}.gif") as temporary:
            iio.imwrite(temporary, _in_one_palette(images, theme), duration=durations, loop=0)


def _place(figure: Figure, places: Sequence[Bbox]) -> None:
    """Panels where the first frame has them: nothing wobbles, and a layout costs three drawings."""
    if places:
        figure.set_layout_engine("none")
        for axes, place in zip(figure.axes, places, strict=True):
            axes.set_position(place)


def _in_one_palette(images: list[np.ndarray], theme: Theme) -> list[np.ndarray]:
    """Frames in the 256 colours of a GIF: the same for all, and the theme's own exact among them.

    A palette for each frame would serve that frame better, and a small mark's colour would flicker.
    """
    names = (theme.paper, theme.ink, theme.muted, *theme.colors)
    own = [tuple(round(255 * part) for part in to_rgb(name)) for name in names]
    some = Image.fromarray(np.concatenate(images[:: max(1, len(images) // 8)]))
    others = some.quantize(256 - len(own)).getpalette() or []
    shared = Image.new("P", (1, 1))
    shared.putpalette([part for color in own for part in color] + others[: 768 - 3 * len(own)])
    colors = np.array(shared.getpalette(), np.uint8).reshape(-1, 3)
    weights = np.array([1 << 16, 1 << 8, 1], np.int32)  # one number a colour
    frames = []
    for image in images:
        nearest = Image.fromarray(image).quantize(palette=shared, dither=Image.Dither.NONE)
        index = np.array(nearest)  # near enough for shades; the theme's colours are looked up
        codes = image @ weights
        for position, code in enumerate(np.array(own) @ weights):
            index[codes == code] = position
        frames.append(colors[index])  # (height, width, 3)
    return frames


def _save_still(figure: Figure, stem: Path | str, theme: Theme) -> None:
    _save(figure, Path(f"{stem}.{theme.name}.svg"), metadata={"Date": None})
    if theme is LIGHT:
        figure.set_layout_engine("none")  # the same places in every medium
        _save(figure, Path(f"{stem}.pdf"), metadata={"CreationDate": None})
        _save(figure, Path(f"{stem}.png"), metadata={"Software": None}, dpi=200)


def _save(figure: Figure, path: Path, **options: object) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, **options)  # type: ignore[arg-type]
