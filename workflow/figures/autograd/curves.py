"""Learning curves: training and validation loss, validation accuracy, each seed and their mean."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from groundwork.core.style import WIDTH, Theme, label_lines
from groundwork_harness.pipeline import figure

INPUTS = {"mnist": "autograd/mnist.npz"}


def draw(theme: Theme, mnist: Path) -> Figure:
    data = np.load(mnist)
    picture, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    epochs = np.arange(1, data["train_loss"].shape[1] + 1)
    training = _lines(above, epochs, data["train_loss"], theme.colors[0])
    held_out = _lines(above, epochs, data["validation_loss"], theme.colors[1])
    above.set_yscale("log")
    above.set_ylabel("loss (nats)")
    _lines(below, epochs, 100 * data["validation_accuracy"], theme.colors[1])
    tested, beside = data["test_accuracy"], epochs[-1] + 0.3
    below.plot([beside] * len(tested), tested, "D", color=theme.colors[2], markersize=4)
    below.annotate(
        "test, once",
        (beside, tested.mean()),
        xytext=(7, -10),
        textcoords="offset points",
        color=theme.colors[2],
        annotation_clip=False,
    )
    below.set_ylabel("accuracy (%)")
    below.set_xlabel("epoch")
    below.set_xticks(epochs)
    for axes in (above, below):
        axes.grid(visible=True, axis="y")
        axes.margins(x=0.02)
    label_lines(above, {"training": training, "held out": held_out})
    return picture


def _lines(axes: Axes, epochs: np.ndarray, values: np.ndarray, color: str) -> Line2D:
    """Each seed thinly, their mean thickly."""
    axes.plot(epochs, values.T, color=color, alpha=0.35, linewidth=0.9)
    (mean,) = axes.plot(epochs, values.mean(axis=0), color=color)
    return mean


if __name__ == "__main__":
    figure.run(draw, INPUTS)
