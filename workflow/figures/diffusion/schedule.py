"""Signal-to-noise ratio of the two schedules over t."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"checks": "diffusion/checks.npz"}


def draw(theme: Theme, checks: Path) -> Figure:
    with np.load(checks) as arrays:
        levels = {"linear": arrays["linear"][1:], "cosine": arrays["cosine"][1:]}
    picture, axes = plt.subplots(figsize=(5.6, 3.4))
    lines = {}
    for name, level in levels.items():
        ratio = level / (1 - level)
        (lines[name],) = axes.semilogy(np.arange(1, len(ratio) + 1), ratio)
    axes.axhline(1, color=theme.muted, linewidth=1, linestyle=":")
    end = 1.1 * len(ratio)
    axes.text(end, 1.4, "as much signal as noise", color=theme.muted, fontsize=10, ha="right")
    axes.set(xlabel="time step t", ylabel="signal-to-noise ratio", ylim=(1e-6, 2e4))
    axes.set_xlim(0, 1.12 * len(ratio))
    label_lines(axes, lines)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
