"""Weights against their update: cumulative energy, and accuracy of what is left at each rank."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"update": "operators/update.npz"}


def draw(theme: Theme, update: Path) -> Figure:
    with np.load(update) as file:
        data = {name: file[name] for name in file}
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 6.2))
    energies(theme, top, data)
    accuracies(theme, bottom, data)
    return fig


def energies(theme: Theme, top: plt.Axes, data: dict[str, np.ndarray]) -> None:
    blue, orange, green = theme.colors[:3]
    k = np.arange(1, len(data["weights_energy"]) + 1)
    top.fill_between(
        k, 100 * data["null_energy"][0], 100 * data["null_energy"][2], color=theme.muted, lw=2
    )
    top.plot(k, 100 * data["weights_energy"], color=blue)
    top.plot(k, 100 * data["update_energy"], color=orange)
    top.plot(k, 100 * data["training_energy"], color=green, ls="--")
    top.set_title("One square layer, taken apart")
    for name, color, at, height, words in (
        ("update", orange, 8, 58, "fine-tuning update ΔW"),
        ("training", green, 10, 40, "first training's update"),
        ("weights", blue, 16, 22, "weights W, upon noise"),
    ):
        spot = min(at, len(k) - 1)
        top.annotate(
            words, (k[spot], 100 * data[f"{name}_energy"][spot]), (0.42 * len(k), height),
            color=color, va="center", arrowprops={"arrowstyle": "-", "color": color, "lw": 0.8},
        )  # fmt: skip
    top.set_xlabel("number of singular values kept")
    top.set_ylabel("energy kept (%)")
    top.set_ylim(0, 104)


def accuracies(theme: Theme, bottom: plt.Axes, data: dict[str, np.ndarray]) -> None:
    blue, orange, green = theme.colors[:3]
    ranks = data["rank"]
    bottom.axhline(data["full"], color=theme.ink, lw=1, ls=":")
    bottom.text(ranks[0], data["full"] + 1, "full fine-tuning", va="bottom", fontsize=10.5)
    for name, color, mark, words in (
        ("adapters", green, "s", "adapters trained (LoRA)"),
        ("truncated_update", orange, "o", "W + truncated ΔW"),
        ("truncated_weights", blue, "^", "truncated W + ΔW"),
    ):
        bottom.plot(ranks, data[name], color=color, marker=mark, ms=5)
        spot = 0 if name == "adapters" else (len(ranks) - 1) // 2
        left = name == "truncated_update"
        bottom.annotate(
            words, (ranks[spot], data[name][spot]), (-8, 2) if left else (8, -4),
            textcoords="offset points", color=color, va="top", ha="right" if left else "left",
        )  # fmt: skip
    bottom.set_xscale("log", base=2)
    bottom.set_xticks(ranks, [str(r) for r in ranks])
    bottom.set_xlabel("rank in every layer")
    bottom.set_ylabel("test accuracy (%)")
    bottom.set_ylim(0, 108)


if __name__ == "__main__":
    figure.run(draw, INPUTS)
