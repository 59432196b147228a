"""Live memory of one training step, in the recorded order and a random one, and the bound."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"profiles": "autograd/schedule.npz"}


def draw(theme: Theme, profiles: Path) -> Figure:
    data = np.load(profiles)
    picture, axes = plt.subplots(figsize=(WIDTH, 3.4))
    bound = float(data["lower_bound"]) / 1e6
    axes.axhline(bound, color=theme.muted, linestyle="--", linewidth=1)
    axes.annotate(
        "no order needs less",
        (1, bound),
        xytext=(0, 5),
        textcoords="offset points",
        color=theme.muted,
    )
    for name, label, color, dashes, place in (
        ("random", "a random order", theme.colors[0], ":", (6, -14)),
        ("recorded", "as recorded", theme.colors[1], "-", (6, 8)),
    ):
        values = data[name] / 1e6
        steps = np.arange(1, len(values) + 1)
        axes.step(steps, values, where="mid", color=color, linestyle=dashes)
        at = len(steps) // 3 if name == "recorded" else len(steps) // 8
        axes.annotate(
            label, (steps[at], values[at]), xytext=place, textcoords="offset points", color=color
        )
    axes.set_xlabel("step of the order")
    axes.set_ylabel("live memory (MB)")
    axes.set_ylim(0, 1.15 * max(bound, float(data["random"].max()) / 1e6))
    axes.grid(visible=True, axis="y")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
