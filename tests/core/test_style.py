"""A film keeps its colours: one palette for all frames, the theme's own exact in it."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image

from groundwork.core.style import DARK, LIGHT, label_lines, plt, save_animation

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


def test_labels_at_the_ends_of_lines_do_not_overlap():
    figure, axes = plt.subplots()
    ends = {"low": 1.0, "high": 1.02, "higher": 1.03, "far": 40.0}
    lines = {text: axes.plot([0, 1], [0.5, end])[0] for text, end in ends.items()}
    axes.set_yscale("log")
    label_lines(axes, lines)
    figure.draw_without_rendering()
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    low, high, higher, far = (boxes[text] for text in ends)
    assert low.y1 < high.y0 < high.y1 < higher.y0  # in order, and apart
    middle = axes.transData.transform((1, ends["far"]))[1]
    assert abs((far.y0 + far.y1) / 2 - middle) < 3  # where there is room, beside its line
    label_lines(axes, {})  # a record without a single measured line
    assert len(axes.texts) == len(ends)
    plt.close(figure)


def test_no_label_lies_on_the_axis_below():
    figure, axes = plt.subplots()
    (line,) = axes.plot([0, 1], [0, 0])
    axes.set_ylim(0, 1)
    label_lines(axes, {"at the bottom": line})
    (label,) = axes.texts
    figure.draw_without_rendering()
    assert label.get_window_extent().y0 > axes.bbox.y0
    plt.close(figure)
