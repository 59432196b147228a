"""The four surfaces: two pure saddles, and the same saddles inside a bowl."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"paths": "calculus/trajectories.npz"}
PANELS = {
    "quadratic": "$x^2-y^2$",
    "well": "$x^2-y^2+y^4/4$",
    "pure_monkey": "$x^3-3xy^2$",
    "monkey": r"$x^3-3xy^2+\frac{3}{4}(x^2+y^2)^2$",
}


def draw(theme: Theme, paths: Path) -> Figure:
    """Heights over the plane; below the level of the saddle in blue, above it in orange."""
    arrays = np.load(paths)
    colors = LinearSegmentedColormap.from_list("s", [theme.colors[0], theme.paper, theme.colors[1]])
    picture = plt.figure(figsize=(WIDTH, 5.4), dpi=150)  # dpi: of the nets alone
    picture.set_layout_engine("none")  # the panels are placed by hand
    for place, (name, title) in enumerate(PANELS.items()):
        axis, height = arrays[f"{name}_axis"], arrays[f"{name}_height"]
        x, y = np.meshgrid(axis, axis)
        left, bottom = 0.01 + 0.5 * (place % 2), 0.5 - 0.5 * (place // 2)
        axes = picture.add_axes((left, bottom, 0.46, 0.44), projection="3d", computed_zorder=False)
        rim = 1.6 * float(np.quantile(np.abs(height), 0.9))
        shown = np.where(np.abs(height) <= rim, height, np.nan)  # the bowl's corners are cut off
        limit = -1.2 * float(height.min()) if height.min() > -2.0 else rim / 1.6
        axes.plot_surface(
            x, y, shown, cmap=colors, vmin=-limit, vmax=limit, rcount=22, ccount=22,
            edgecolor=theme.muted, linewidth=0.25, antialiased=True, zorder=1, rasterized=True,
        )  # fmt: skip
        axes.scatter([0.0], [0.0], [0.0], color=theme.ink, s=22, depthshade=False, zorder=10)
        axes.view_init(elev=32, azim=-58)
        axes.set_title(title, loc="center", fontsize=12, y=0.98)
        axes.set_facecolor(theme.paper)
        axes.set(xlabel="$x$", ylabel="$y$")
        axes.xaxis.labelpad = axes.yaxis.labelpad = -10
        axes.set_xticks([]), axes.set_yticks([]), axes.set_zticks([])
        for side in (axes.xaxis, axes.yaxis, axes.zaxis):
            side.pane.set_visible(False)
            side.line.set_color(theme.muted)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
