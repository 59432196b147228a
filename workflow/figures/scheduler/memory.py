"""Memory over time of two orders of one traced forward pass, as an animation."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"profiles": "scheduler/real.npz"}
FRAMES = 20


def frames(theme: Theme, profiles: Path) -> Iterator[Figure]:
    data = np.load(profiles)
    curves = {
        "random order": (data["random_during"] / 2**20, 1),
        "best order": (data["best_during"] / 2**20, 0),
    }
    n = len(data["best_during"])
    top = 1.25 * max(values.max() for values, _ in curves.values())
    for shown in np.unique(np.linspace(1, n, FRAMES).astype(int)):
        picture, axes = plt.subplots(figsize=(WIDTH, 3.5))
        for row, (name, (values, color)) in enumerate(curves.items()):
            shade = theme.colors[color]
            steps = np.arange(shown + 1)
            axes.stairs(values[:shown], steps, color=shade, linewidth=1.8, baseline=None)
            axes.axhline(values[:shown].max(), color=shade, linewidth=1, linestyle=":")
            words = f"{name}: {values[shown - 1]:.1f} MiB, peak so far {values[:shown].max():.1f}"
            axes.annotate(
                words, (0.02, 0.95 - 0.09 * row), xycoords="axes fraction", color=shade, va="top"
            )
        axes.set_xlim(0, n)
        axes.set_ylim(0, top)
        axes.set_xlabel("operators run")
        axes.set_ylabel("live memory (MiB)")
        yield picture


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.25, hold=2.0)
