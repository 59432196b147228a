"""How often two starts ε apart end differently, on the confined monkey saddle."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.calculus.draw import COLORS, METHODS
from groundwork.core.result import Result
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"maps": "calculus/basins.npz", "record": "calculus/basins.json"}


def draw(theme: Theme, maps: Path, record: Path) -> Figure:
    """One line for each optimiser; the flatter the line, the finer the mixture."""
    arrays, claims = np.load(maps), Result.read(record).claims
    picture, axes = plt.subplots(figsize=(WIDTH, 4.0))
    markers = dict(zip(METHODS, "osD^", strict=True))
    for method, title in METHODS.items():
        share = 100.0 * arrays[f"monkey_{method}_differ"]
        exponent = claims[f"monkey_{method}_exponent"]
        low, high = exponent["spread"]
        axes.plot(
            arrays["epsilons"],
            np.where(share > 0, share, np.nan),
            marker=markers[method],
            color=theme.colors[COLORS[method]],
            label=f"{title}: α = {exponent['value']:.2f} ({low:.2f} to {high:.2f})",
        )
    axes.set(xscale="log", yscale="log", xlabel="distance ε between two starts (plane units)")
    axes.set_ylabel("pairs that end differently (%)")
    axes.legend(loc="upper left", fontsize=10.5, bbox_to_anchor=(0.0, 1.02))
    axes.set_ylim(top=axes.get_ylim()[1] * 12)
    axes.grid(True)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
