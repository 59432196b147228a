"""The Jacobian of a softmax with five entries: diag(s), less s sᵀ, is J."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"checks": "calculus/checks.npz"}


def draw(theme: Theme, checks: Path) -> Figure:
    """Three heat maps in one colour scale, with the column sums underneath."""
    arrays = np.load(checks)
    s, j = arrays["softmax"], arrays["jacobian"]
    parts = {"diag$(s)$": np.diag(s), "$-\\,s\\,s^T$": j - np.diag(s), "$J$": j}
    colors = LinearSegmentedColormap.from_list("j", [theme.colors[1], theme.paper, theme.colors[0]])
    picture, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.9), sharey=True)
    limit = float(s.max())
    for panel, (title, matrix) in zip(axes, parts.items(), strict=True):
        image = panel.imshow(matrix, cmap=colors, vmin=-limit, vmax=limit)
        panel.set_title(title, loc="center")
        panel.set_xticks(range(len(s)), [f"{abs(v):.2f}"[1:] if abs(v) < 1 else "1" for v in
                                         np.abs(matrix.sum(axis=0))], fontsize=10)  # fmt: skip
        panel.set_yticks(range(len(s)), [str(i + 1) for i in range(len(s))], fontsize=10.5)
        panel.set_xlabel({0: "sums $s_j$", 1: "sums $-s_j$", 2: "sums 0"}[list(axes).index(panel)])
    axes[0].set_ylabel("output $i$")
    bar = picture.colorbar(image, ax=axes, location="top", shrink=0.6, aspect=30, pad=0.03)
    bar.set_label("entry (per unit of logit)", fontsize=10.5)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
