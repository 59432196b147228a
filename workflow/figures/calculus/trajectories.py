"""Four optimisers leave one start beside the saddle of x² − y² + y⁴/4 (animation)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from groundwork.calculus.draw import COLORS, METHODS
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"paths": "calculus/trajectories.npz"}
SHOWN = [*range(9), 10, 12, 15, 18, 22, 26, 31, 36, 42, 50, 60]  # iterations with a frame
MARKERS = dict(zip(METHODS, "osD^", strict=True))
PLACES = {  # of each name in the chart, in fractions of it
    "gradient": (0.36, 0.78),
    "newton": (0.10, 0.12),
    "damped": (0.47, 0.55),
    "saddle_free": (0.22, 0.90),
}


def frames(theme: Theme, paths: Path) -> Iterator[Figure]:
    """Left the plane, right the distance from the saddle; one figure, redrawn for each frame."""
    arrays = np.load(paths)
    picture = Figure(
        figsize=(WIDTH, 3.5), layout="none"
    )  # not pyplot's, so that closing a frame leaves it usable
    FigureCanvasAgg(picture)
    plane, chart = picture.subplots(1, 2, width_ratios=(1.0, 1.0))
    picture.subplots_adjust(left=0.09, right=0.98, bottom=0.15, top=0.91, wspace=0.28)
    axis, height = arrays["well_axis"], arrays["well_height"]
    levels = np.arange(-1.0, 4.01, 0.25)
    plane.contour(axis, axis, height, levels, colors=[theme.muted], linewidths=0.6, alpha=0.6)
    plane.contour(axis, axis, height, [0.0], colors=[theme.muted], linewidths=1.4)
    sites = arrays["well_critical"]
    plane.plot(*sites[0], "x", color=theme.ink, markersize=9, markeredgewidth=2.2)
    plane.plot(*sites[1:].T, "+", color=theme.ink, markersize=9, markeredgewidth=2.2)
    plane.annotate("saddle", sites[0], (-8, -16), textcoords="offset points", ha="right")
    plane.annotate("minimum", sites[1], (-9, 5), textcoords="offset points", ha="right")
    plane.set(xlim=(-1.5, 1.5), ylim=(-0.9, 2.1), xlabel="$x$", ylabel="$y$", aspect="equal")
    last = arrays["well_newton"].shape[0] - 1
    shown = [step for step in SHOWN if step <= last]
    chart.set(xlim=(-1, last), ylim=(1e-8, 100.0), yscale="log", xlabel="iteration")
    chart.set_title("distance from saddle", fontsize=11.5)
    chart.grid(True)
    lines = []
    for method, title in METHODS.items():
        color, path = theme.colors[COLORS[method]], arrays[f"well_{method}"]
        style = {"color": color, "marker": MARKERS[method], "markersize": 3.5, "linewidth": 1.4}
        distance = np.maximum(np.linalg.norm(path, axis=-1), 1e-9)
        lines.append(
            (path, distance, plane.plot([], [], **style)[0], chart.plot([], [], **style)[0])
        )
        chart.text(
            *PLACES[method], title, color=color, fontsize=10, transform=chart.transAxes, va="top"
        )
    clock = plane.set_title("", fontsize=11.5)
    for step in shown:
        for path, distance, trail, curve in lines:
            trail.set_data(path[: step + 1, 0], path[: step + 1, 1])
            curve.set_data(range(step + 1), distance[: step + 1])
        clock.set_text(f"iteration {step}")
        yield picture


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.25, hold=3.0, poster=-1)
