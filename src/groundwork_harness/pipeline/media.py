"""Pictures written in every medium: light and dark SVG and GIF, PDF, PNG."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from groundwork.core.atomic import replacing
from groundwork.core.style import DARK, LIGHT, Theme, themed


def save_figure(draw: Callable[[Theme], Figure], stem: Path | str) -> None:
    """Write `<stem>.light.svg`, `.dark.svg`, `.pdf` and `.png` of one drawing function."""
    places: list[Bbox] = []
    for theme in (LIGHT, DARK):
        with themed(theme):
            figure = draw(theme)
            _place(figure, places)
            _save_still(figure, stem, theme)
            places = _places(figure)


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
    frame's index; the last is taken for -1, or where there are not so many.
    """
    import imageio.v3 as iio

    places: list[Bbox] = []
    for theme in (LIGHT, DARK):
        images = []
        with themed(theme):
            figure, canvas, posted = None, None, False
            for index, figure in enumerate(frames(theme)):
                if canvas is None or canvas.figure is not figure:
                    figure.set_dpi(110)
                    canvas = _Canvas(figure)
                    _place(figure, places)
                canvas.draw()
                if not places:
                    places = _places(figure)
                    _place(figure, places)
                images.append(np.array(figure.canvas.buffer_rgba()))  # type: ignore[attr-defined]
                if index == poster:
                    _save_still(figure, stem, theme)
                    posted = True
            if figure is not None and not posted:
                _save_still(figure, stem, theme)
        durations = [1000 * seconds] * (len(images) - 1) + [1000 * hold]
        with replacing(f"{stem}.{theme.name}.gif") as temporary:
            iio.imwrite(temporary, _in_one_palette(images, theme), duration=durations, loop=0)


class _Canvas:
    """A figure drawn again and again: what lies below all that moves is drawn once.

    Axes cost more than the curves that move within them. What moved is known by Matplotlib's own
    mark, `stale`. Only plain panels are treated so, which must not overlap; any other figure is
    drawn whole each time.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure, self._drawn, self._below = figure, False, list[Artist]()
        self._pixels: Any = None  # of `_below`
        self._views: list[object] = []

    def draw(self) -> None:
        """Bring the canvas up to date: the same pixels as `figure.canvas.draw()`."""
        canvas: Any = self.figure.canvas
        if not (self._drawn and _plain(self.figure)):
            canvas.draw()
            self._drawn = True
            return
        panels = [_in_order(axes) for axes in sorted(self.figure.axes, key=Artist.get_zorder)]
        views: list[object] = [(axes.viewLim.bounds, axes.bbox.bounds) for axes in self.figure.axes]
        if not self._still_true(panels, views):
            self._below = [artist for panel in panels for artist in panel[: _first_moved(panel)]]
            self._views, above = views, self._above(panels)
            for artist in above:
                artist.set_animated(True)  # which leaves it out
            canvas.draw()
            for artist in above:
                artist.set_animated(False)
            self._pixels = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._pixels)
        for artist in self._above(panels):
            artist.draw(canvas.get_renderer())

    def _above(self, panels: list[list[Artist]]) -> list[Artist]:
        below = set(self._below)
        return [artist for panel in panels for artist in panel if artist not in below]

    def _still_true(self, panels: list[list[Artist]], views: list[object]) -> bool:
        there = {artist for panel in panels for artist in panel if not artist.stale}
        return self._pixels is not None and views == self._views and there.issuperset(self._below)


def _plain(figure: Figure) -> bool:
    panels = set(figure.axes)
    return set(figure.get_children()) == {figure.patch, *panels} and all(
        axes.axison and axes.name == "rectilinear" for axes in panels
    )


def _in_order(axes: Axes) -> list[Artist]:
    """A panel's artists as they are drawn, but for its background."""
    artists = [artist for artist in axes.get_children() if artist is not axes.patch]
    return sorted(artists, key=Artist.get_zorder)


def _first_moved(artists: list[Artist]) -> int:
    return next((i for i, artist in enumerate(artists) if artist.stale), len(artists))


def _places(figure: Figure) -> list[Bbox]:
    return [axes.get_position(original=True) for axes in figure.axes]


def _place(figure: Figure, places: Sequence[Bbox]) -> None:
    """Panels where they were in another picture, if any: the same in every medium and frame.

    A layout costs three drawings.
    """
    if places:
        _end_layout(figure)
        for axes, place in zip(figure.axes, places, strict=True):
            axes.set_position(place)


def _end_layout(figure: Figure) -> None:
    with _no_new_layout():
        figure.set_layout_engine(None)  # "none" would draw once more before each file


def _no_new_layout() -> AbstractContextManager[None]:
    """Here an absent layout engine, which saving sets anew, stays absent."""
    return rc_context({"figure.constrained_layout.use": False})


def _in_one_palette(images: list[np.ndarray], theme: Theme) -> list[np.ndarray]:
    """Frames in the 256 colours of a GIF: the same for all, and the theme's own exact among them.

    A palette for each frame would serve that frame better, and a small mark's colour would flicker.

    Shapes: (height, width, 4) each -> (height, width, 3) each, without the alpha.
    """
    names = (theme.paper, theme.ink, theme.muted, *theme.colors)
    own = np.array([[round(255 * part) for part in to_rgb(name)] for name in names], np.uint8)
    some = np.concatenate([image[..., :3] for image in images[:: max(1, len(images) // 8)]])
    others = Image.fromarray(some).quantize(256 - len(own)).getpalette() or []
    shared = Image.new("P", (1, 1))
    shared.putpalette([*own.ravel().tolist(), *others[: 768 - own.size]])
    colors = np.array(shared.getpalette(), np.uint8).reshape(-1, 3)
    opaque = np.full((len(own), 1), 255, np.uint8)
    codes = np.concatenate([own, opaque], axis=1).view(np.uint32)[:, 0]  # one number a colour
    frames = []
    for image in images:
        nearest = Image.fromarray(image[..., :3]).quantize(palette=shared, dither=Image.Dither.NONE)
        index = np.array(nearest)  # near enough for shades; the theme's colours are looked up
        pixels = image.view(np.uint32)[..., 0]
        for position, code in enumerate(codes):
            index[pixels == code] = position
        frames.append(colors[index])
    return frames


def _save_still(figure: Figure, stem: Path | str, theme: Theme) -> None:
    _save(figure, Path(f"{stem}.{theme.name}.svg"), metadata={"Date": None})
    if theme is LIGHT:
        _end_layout(figure)  # the same places in every medium
        _save(figure, Path(f"{stem}.pdf"), metadata={"CreationDate": None})
        _save(figure, Path(f"{stem}.png"), metadata={"Software": None}, dpi=200)


def _save(figure: Figure, path: Path, **options: object) -> None:
    with replacing(path) as temporary, _no_new_layout():
        figure.savefig(temporary, **options)  # type: ignore[arg-type]
