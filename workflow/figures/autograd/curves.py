"""Learning curves: training and validation loss, validation accuracy, each seed and their mean."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork.pipeline import figure

INPUTS = {"mnist": "autograd/mnist.npz"}


def draw(theme: Theme, mnist: Path) -> Figure:
    data = np.load(mnist)
    picture, (left, right) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    epochs = np.arange(1, data["train_loss"].shape[1] + 1)
    for name, label, color in (
        ("train_loss", "training", theme.colors[0]),
        ("validation_loss", "held out", theme.colors[1]),
    ):
        left.plot(epochs, data[name].T, color=color, alpha=0.35, linewidth=0.9)
        left.plot(epochs, data[name].mean(axis=0), color=color)
        at = 1.06 if name == "validation_loss" else 0.9
        left.annotate(
            label,
            (epochs[-1], data[name].mean(axis=0)[-1] * at),
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            va="center",
            annotation_clip=False,
        )
    left.set_yscale("log")
    left.set_ylabel("loss (nats)")
    accuracy = 100 * data["validation_accuracy"]
    right.plot(epochs, accuracy.T, color=theme.colors[1], alpha=0.35, linewidth=0.9)
    right.plot(epochs, accuracy.mean(axis=0), color=theme.colors[1])
    tested = data["test_accuracy"]
    right.plot([epochs[-1] + 0.3] * len(tested), tested, "D", color=theme.colors[2], markersize=4)
    right.annotate(
        "test, once",
        (epochs[-1] + 0.3, tested.mean()),
        xytext=(7, -10),
        textcoords="offset points",
        color=theme.colors[2],
        annotation_clip=False,
    )
    right.set_ylabel("accuracy (%)")
    right.set_xlabel("epoch")
    right.set_xticks(epochs)
    for axes in (left, right):
        axes.grid(visible=True, axis="y")
        axes.margins(x=0.02)
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
