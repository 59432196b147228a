"""The log-likelihood over iterations, and each step split into bound and gap."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"fit": "mixtures/fit.npz"}


def draw(theme: Theme, fit: Path) -> Figure:
    data = np.load(fit)
    last = int(data["frames"][-1])
    values = data["log_likelihood"][: last + 1]
    figure_, (top, bottom) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    top.plot(values, color=theme.colors[3])
    top.axhline(data["truth_log_likelihood"], color=theme.ink, linestyle=":")
    top.text(last, float(data["truth_log_likelihood"]), "true parameters", ha="right", va="top")
    top.text(
        last * 0.3,
        values[0] + 0.15 * np.ptp(values),
        "log-likelihood of the iterates",
        color=theme.colors[3],
    )
    top.set(ylabel="nats")
    steps = np.arange(1, last + 1)
    rise = data["bound"][:last] - data["log_likelihood"][:last]
    gap = data["gap"][:last]
    bottom.semilogy(steps, rise.clip(1e-9), color=theme.colors[0])
    bottom.semilogy(steps, gap.clip(1e-9), "--", color=theme.colors[1])
    bottom.set(xlabel="iteration", ylabel="gain a step (nats)")
    bottom.text(
        last, rise.max(), "M-step raises the bound", color=theme.colors[0], ha="right", va="top"
    )
    bottom.text(
        last,
        rise.max() / 6,
        "KL gap it opens (dashed)",
        color=theme.colors[1],
        ha="right",
        va="top",
    )
    return figure_


if __name__ == "__main__":
    figure.run(draw, INPUTS)
