"""The film: contours of three Gaussians moving to fit the data, with the likelihood climbing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"fit": "mixtures/fit.npz"}


def frames(theme: Theme, fit: Path) -> Iterator[Figure]:
    with np.load(fit) as arrays:
        data = dict(arrays)
    picture, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.0), height_ratios=(2.6, 1))
    move_cloud, move_curve = _cloud(top, theme, data), _curve(bottom, theme, data)
    for number in range(len(data["frames"])):
        move_cloud(number)
        move_curve(number)
        yield picture


def _cloud(axes: Axes, theme: Theme, data: dict[str, np.ndarray]) -> Callable[[int], None]:
    """What stays, drawn; and the function that moves the rest to a frame."""
    x, colors = data["x"], theme.colors[:3]
    points = axes.scatter(x[:, 0], x[:, 1], s=7, alpha=0.75, linewidths=0)
    for level in (level for levels in data["truth_contours"] for level in levels[1:]):
        axes.plot(level[:, 0], level[:, 1], ":", color=theme.ink, linewidth=1.3)
    lines = [
        [axes.plot([], [], color=color, linewidth=2.4)[0] for _ in levels]
        for color, levels in zip(colors, data["frame_contours"][0], strict=True)
    ]
    names = []
    for name, color in zip("ABC", colors, strict=True):
        box = {"facecolor": theme.paper, "edgecolor": color, "pad": 2.0}
        style = {"ha": "center", "va": "center", "weight": "bold"}
        names.append(axes.text(0, 0, name, color=color, bbox=box, **style))
    # Everything that any frame shows is in view, and the view never moves.
    shown = np.concatenate([x, data["frame_contours"].reshape(-1, 2)])
    (left, bottom), (right, top) = shown.min(axis=0) - 0.2, shown.max(axis=0) + 0.2
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set(xlabel="first feature", ylabel="second feature", aspect="equal", axisbelow=True)
    axes.text(right, bottom + 0.1, "truth, 2σ (dotted)", color=theme.ink, ha="right", va="bottom")
    palette = np.array([to_rgb(color) for color in colors])

    def move(number: int) -> None:
        # A point's colour is its responsibilities' mixture of the three components' colours.
        shade = data["frame_responsibilities"][number] @ palette
        points.set_facecolor(shade.clip(0, 1))
        for j, name in enumerate(names):
            name.set_position(data["frame_means"][number][j])
            for line, level in zip(lines[j], data["frame_contours"][number][j], strict=True):
                line.set_data(*level.T)
        axes.set_title(f"EM iteration {int(data['frames'][number])}")

    return move


def _curve(axes: Axes, theme: Theme, data: dict[str, np.ndarray]) -> Callable[[int], None]:
    """As `_cloud`, for the log-likelihood climbing."""
    values, last = data["log_likelihood"], int(data["frames"][-1])
    axes.plot(values[: last + 1], color=theme.muted, linewidth=1)
    (climbed,) = axes.plot([], [], color=theme.colors[3])
    (mark,) = axes.plot([], [], "o", color=theme.colors[3])
    axes.set(xlabel="iteration", ylabel="log-likelihood\n(nats)")

    def move(number: int) -> None:
        iteration = int(data["frames"][number])
        climbed.set_data(np.arange(iteration + 1), values[: iteration + 1])
        mark.set_data([iteration], [values[iteration]])

    return move


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.16, hold=2.5, poster=-1)
