"""Live memory of one training step in the recorded order and in the scheduler's best."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme, label_line
from groundwork.pipeline import figure

INPUTS = {"profiles": "autograd/schedule.npz"}


def draw(theme: Theme, profiles: Path) -> Figure:
    data = np.load(profiles)
    picture, axes = plt.subplots(figsize=(WIDTH, 3.4))
    for name, label, color, dashes in (
        ("random", "a random order", theme.muted, ":"),
        ("recorded", "as recorded", theme.colors[1], "--"),
        ("best", "best found", theme.colors[0], "-"),
    ):
        steps = np.arange(1, len(data[name]) + 1)
        (line,) = axes.step(steps, data[name] / 1e6, where="mid", color=color, linestyle=dashes)
        at = int(np.argmax(data[name]))
        del at
        place = {"random": 0.3, "recorded": 0.55, "best": 0.8}[name]
        label_line(axes, line, label, at=int(place * len(steps)))
    axes.set_xlabel("step of the order")
    axes.set_ylabel("live memory (MB)")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, axis="y")
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
