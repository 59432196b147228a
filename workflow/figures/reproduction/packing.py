"""The film: features as arrows in the plane, packed by training."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"plane": "reproduction/plane.npz"}


def frames(theme: Theme, plane: Path) -> Iterator[Figure]:
    with np.load(plane) as arrays:
        data = dict(arrays)
    picture, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.0))
    reach = 1.1 * max(1.0, float(np.abs(data["frames"]).max()))
    turn = np.linspace(0, 2 * np.pi, 200)
    left.plot(np.cos(turn), np.sin(turn), ":", color=theme.muted, linewidth=1)
    count = data["frames"].shape[1]
    arrows = [
        left.plot([], [], "o-", markevery=[1], color=theme.colors[i % 7])[0] for i in range(count)
    ]
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=[], yticks=[])
    steps = np.maximum(data["steps"], 1)
    right.loglog(steps, data["losses"], color=theme.muted, linewidth=1)
    (mark,) = right.loglog([], [], "o", color=theme.colors[1])
    right.set(xlabel="step", ylabel="test loss")
    for number, weights in enumerate(data["frames"]):
        for arrow, (x, y) in zip(arrows, weights, strict=True):
            arrow.set_data([0, x], [0, y])
        mark.set_data([steps[number]], [data["losses"][number]])
        left.set_title(f"step {int(data['steps'][number])}")
        yield picture


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.12, hold=2.5, poster=-1)
