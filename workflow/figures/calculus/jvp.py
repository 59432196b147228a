"""Time of softmax's Jacobian-vector product against the number of entries, with and without J."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"times": "calculus/jvp.npz"}
RIVALS = {
    "formed": ("J formed", 1, "s", (-8, 6), "right"),
    "torch": ("torch.func.jvp", 3, "^", (0, 9), "right"),
    "free": ("ours, without J", 0, "o", (4, -44), "right"),
}


def draw(theme: Theme, times: Path) -> Figure:
    """Medians with quartile bars; the dashed line is the fit carried beyond what was measured."""
    arrays = np.load(times)
    picture, axes = plt.subplots(figsize=(WIDTH, 4.2))
    for name, (title, color, marker, offset, side) in RIVALS.items():
        sizes, seconds = arrays[f"{name}_sizes"], 1e3 * arrays[f"{name}_seconds"]
        low, middle, high = np.percentile(seconds, [25, 50, 75], axis=1)
        axes.errorbar(
            sizes, middle, [middle - low, high - middle], marker=marker,
            color=theme.colors[color], capsize=3,
        )  # fmt: skip
        axes.annotate(title, (sizes[-1], middle[-1]), offset, textcoords="offset points", ha=side,
                      color=theme.colors[color])  # fmt: skip
    far = np.array([arrays["formed_sizes"][-1], arrays["free_sizes"][-1]], dtype=float)
    reach = 1e3 * arrays["fit"] * far**2
    axes.plot(far, reach, "--", color=theme.colors[1])
    axes.annotate(
        "fit $c\\,n^2$, extrapolated\n(never run)", (far[-1], reach[-1]), (-62, -14),
        textcoords="offset points", ha="right", va="top", color=theme.colors[1],
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="entries $n$ of the softmax", ylabel="time (ms)")
    axes.grid(True)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
