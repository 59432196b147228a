"""A film keeps its colours, and drawing only what moved gives the pixels of drawing everything."""

import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image

from groundwork.core.style import DARK, LIGHT, plt, themed
from groundwork_harness.pipeline import media
from groundwork_harness.pipeline.media import _Canvas, save_animation, save_figure

FRAMES = 5


def _frames(theme):
    """Noise close to two of the theme's colours, new in each frame, and those colours as marks."""
    for number in range(FRAMES):
        figure, axes = plt.subplots(figsize=(1.2, 1.2))
        axes.axis("off")
        near = np.array([to_rgb(theme.paper), to_rgb(theme.colors[3])])[:, None, None]
        shades = near + np.random.default_rng(number).uniform(-0.03, 0.03, (2, 60, 30, 3))
        axes.imshow(np.concatenate(shades, axis=1).clip(0, 1))
        mark = {"color": theme.colors[3], "linewidth": 0, "transform": figure.transFigure}
        figure.add_artist(Rectangle((0.45, 0.45), 0.05, 0.05, zorder=9, **mark))
        figure.add_artist(Rectangle((0, 0), 1, 0.1, **mark | {"color": theme.paper}))
        yield figure


def test_no_colour_of_the_theme_changes_between_frames(tmp_path):
    save_animation(_frames, tmp_path / "film", seconds=0.2, hold=1.0, poster=0)
    for theme in (LIGHT, DARK):
        film = Image.open(tmp_path / f"film.{theme.name}.gif")
        assert film.n_frames == FRAMES
        durations = []
        for number in range(FRAMES):
            film.seek(number)
            durations.append(film.info["duration"])
            pixels = np.asarray(film.convert("RGB"))
            height, width, _ = pixels.shape
            mark = pixels[int(0.525 * height), int(0.475 * width)]
            paper = pixels[int(0.95 * height), int(0.5 * width)]
            np.testing.assert_array_equal(mark, np.round(255 * np.array(to_rgb(theme.colors[3]))))
            np.testing.assert_array_equal(paper, np.round(255 * np.array(to_rgb(theme.paper))))
        assert durations == [200] * (FRAMES - 1) + [1000]
        assert (tmp_path / f"film.{theme.name}.svg").is_file()
    assert (tmp_path / "film.png").is_file()


def test_a_film_too_short_for_its_poster_shows_its_last_frame(tmp_path):
    for stem, poster in (("last", -1), ("late", 99)):
        save_animation(_frames, tmp_path / stem, poster=poster)
    assert (tmp_path / "late.png").read_bytes() == (tmp_path / "last.png").read_bytes()


def test_panels_lie_in_the_same_places_in_every_medium(tmp_path, monkeypatch):
    save, places = media._save, []

    def saved(figure, path, **options):
        save(figure, path, **options)
        places.append([axes.get_position().bounds for axes in figure.axes])

    monkeypatch.setattr(media, "_save", saved)
    monkeypatch.setattr(plt.Figure, "draw", _counted(plt.Figure.draw, drawn := []))
    save_figure(lambda _: plt.subplots(1, 2)[0], tmp_path / "still")
    assert len(places) == 4  # light SVG, PDF, PNG, dark SVG
    assert all(place == places[0] for place in places)
    assert len(drawn) == 5  # once more for the layout, with the first


def _counted(function, calls):
    return lambda *given: calls.append(given) or function(*given)


def _moves(figure):
    """Changes of one figure, each as an animation might make them; yields after each."""
    left, right = figure.axes
    (line,) = left.plot([0, 1], [0, 1])
    (fixed,) = left.plot([0, 1], [1, 0], "--", zorder=3)
    shade = left.axvspan(0.2, 0.4, alpha=0.3)
    right.imshow(np.eye(3))
    yield
    for height in (0.2, 0.4, 0.6):
        line.set_ydata([0, height])
        yield
    left.set_title("above")  # another mover
    yield
    shade.set_facecolor("red")  # lower than any mover before
    yield
    left.set_ylim(-1, 2)  # moves all, though no artist in it says so
    yield
    left.set_position([0.1, 0.3, 0.3, 0.4])
    yield
    line.set_ydata([1, 0])
    yield
    fixed.remove()
    yield
    right.text(1, 1, "new")
    yield
    figure.suptitle("outside the panels")
    yield


def test_what_is_drawn_by_parts_equals_what_is_drawn_whole():
    with themed(LIGHT):
        parts, _ = plt.subplots(1, 2, figsize=(4, 2), layout="none")
        whole, _ = plt.subplots(1, 2, figsize=(4, 2), layout="none")
        canvas = _Canvas(parts)
        for step, _ in enumerate(zip(_moves(parts), _moves(whole), strict=True)):
            canvas.draw()
            whole.canvas.draw()
            ours, theirs = (np.asarray(f.canvas.buffer_rgba()) for f in (parts, whole))
            np.testing.assert_array_equal(ours, theirs, err_msg=f"after change {step}")


def test_axes_that_stay_are_not_drawn_again(monkeypatch):
    monkeypatch.setattr(Axis, "draw", _counted(Axis.draw, drawn := []))
    with themed(LIGHT):
        figure, axes = plt.subplots(layout="none")
        (line,) = axes.plot([0, 1], [0, 1])
        canvas = _Canvas(figure)
        for height in range(10):
            line.set_ydata([0, height / 10])
            canvas.draw()
    assert len(drawn) == 4  # two axes, with the first frame and with what lies below the line
