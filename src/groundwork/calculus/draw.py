"""What the room's pictures share: names and colours of the optimisers, and a basin map's panels."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme

METHODS = {
    "gradient": "Gradient descent",
    "newton": "Newton",
    "damped": "Damped Newton",
    "saddle_free": "Saddle-free Newton",
}
COLORS = {"gradient": 0, "newton": 1, "damped": 3, "saddle_free": 2}  # places in theme.colors
MINIMA = (0, 4, 2)  # the minima's colours, told apart by lightness too


def basin_panels(
    theme: Theme,
    figure: Figure,
    arrays: Mapping[str, np.ndarray],
    claims: Mapping[str, Any],
    surface: str,
) -> Figure:
    """Four maps of the plane, one for each optimiser, coloured by where each start ends."""
    figure.set_size_inches(WIDTH, 6.1)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for panel, (method, title) in zip(axes.flat, METHODS.items(), strict=True):
        share = claims[f"{surface}_{method}_saddle"]["value"]
        panel.set_title(f"{title}\n{share:.0f} % end at the saddle", fontsize=11.5)
        _map(theme, panel, arrays, f"{surface}_{method}_label", surface)
    for panel in axes[1]:
        panel.set_xlabel("start $x$")
    for panel in axes[:, 0]:
        panel.set_ylabel("start $y$")
    return figure


def _map(
    theme: Theme, panel: Axes, arrays: Mapping[str, np.ndarray], name: str, surface: str
) -> None:
    half, sites = float(arrays[f"{surface}_half_width"]), arrays[f"{surface}_critical"]
    palette = [theme.muted, theme.paper, theme.ink, *(theme.colors[i] for i in MINIMA)]
    extent = (-half, half, -half, half)
    panel.imshow(
        arrays[name] + 2,  # lost, undecided, saddle, minima
        origin="lower",
        extent=extent,
        cmap=ListedColormap(palette),
        vmin=-0.5,
        vmax=len(palette) - 0.5,
        interpolation="nearest",
    )
    determinant = arrays[f"{surface}_determinant"]
    edge = np.linspace(-half, half, len(determinant))
    panel.contour(edge, edge, determinant, [0.0], colors=[theme.paper], linewidths=1.2)
    panel.plot(*sites[0], "x", color=theme.muted, markersize=9, markeredgewidth=2.5)
    for site, letter in zip(sites[1:], "ABC", strict=False):
        box = {"boxstyle": "circle,pad=0.15", "facecolor": theme.paper, "edgecolor": theme.ink}
        panel.text(site[0], site[1], letter, ha="center", va="center", fontsize=10, bbox=box)
    panel.set(xlim=(-half, half), ylim=(-half, half), aspect="equal")
