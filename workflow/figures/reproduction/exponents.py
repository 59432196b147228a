"""The model exponent over the data exponent: published, ours, and the theory's lines."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.core.files import read_table
from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"lines": "reproduction/compare.csv"}


def draw(theme: Theme, lines: Path) -> Figure:
    rows = read_table(lines)
    picture, axes = plt.subplots(1, 2, figsize=(WIDTH, 3.4), sharey=True)
    names = {"-0.5556": "γ = −0.556, strong", "0.3333": "γ = 0.333, weak"}
    for panel, (gamma, title) in zip(axes, names.items(), strict=True):
        own = [row for row in rows if row["gamma"] == gamma]
        alpha = np.array([float(row["alpha"]) for row in own])
        panel.plot(alpha, [float(row["ideal"]) for row in own], color=theme.muted)
        panel.plot(alpha, np.maximum(alpha - 1, 0), ":", color=theme.muted)
        if float(gamma) < 0:
            panel.axhline(1, linestyle="--", color=theme.muted)
            panel.plot(alpha[alpha >= 1.5], 2 * (alpha[alpha >= 1.5] - 1), "--", color=theme.muted)
        published = [float(row["published"]) for row in own]
        errors = [_number(row["published_error"]) for row in own]
        panel.errorbar(
            alpha, published, np.nan_to_num(errors), fmt="o", color=theme.colors[0], ms=4
        )
        ours = [_number(row["ours"]) for row in own]
        panel.errorbar(alpha + 0.03, ours, [_number(row["error"]) for row in own], fmt="s",
                       color=theme.colors[1], ms=5)  # fmt: skip
        panel.set(xlabel="data exponent α", title=title, ylim=(-0.1, 2.6))
    axes[0].set_ylabel("model exponent $α_m$")
    axes[0].text(0.05, 2.35, "published", color=theme.colors[0])
    axes[0].text(0.05, 2.1, "ours", color=theme.colors[1])
    return picture


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")  # not attempted, or no error stated


if __name__ == "__main__":
    figure.run(draw, INPUTS)
