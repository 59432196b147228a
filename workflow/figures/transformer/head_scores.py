"""Every head's score on every pattern, beside untrained heads, misplaced marks and even weights."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"scores": "transformer/attention/scores.csv"}
KINDS = {  # column: (label, marker, size, index of the colour)
    "score": ("trained", "o", 34, 0),
    "misplaced": ("trained, another text's marks", "x", 22, 3),
    "untrained_highest": ("untrained", "s", 16, 1),
}


def draw(theme: Theme, scores: Path) -> Figure:
    table = pd.read_csv(scores)
    patterns = list(table["pattern"].unique())
    picture, axes = plt.subplots(figsize=(5.6, 5.4))
    for place, pattern in enumerate(patterns):
        rows = table[table["pattern"] == pattern]
        for offset, (column, (_, marker, size, color)) in zip(
            (-0.22, 0.02, 0.26), KINDS.items(), strict=True
        ):
            height = [place + offset] * len(rows)
            style = {"color": theme.colors[color], "marker": marker, "s": size, "alpha": 0.75}
            axes.scatter(rows[column], height, linewidths=1.2, zorder=3, **style)
        even = rows["uniform"].iloc[0]
        axes.plot([even, even], [place - 0.36, place + 0.36], color=theme.muted, lw=2.5)
        best = rows.loc[rows["score"].idxmax()]
        axes.annotate(
            f"layer {best['layer']}, head {best['head']}",
            (max(best["score"], even), place - 0.22),
            xytext=(8, 0) if best["score"] < 0.7 else (-2, 10),
            textcoords="offset points",
            va="center",
            ha="left" if best["score"] < 0.7 else "right",
            fontsize=10.5,
        )
    axes.set_yticks(range(len(patterns)), [name.replace("_", "\n") for name in patterns])
    axes.set_ylim(len(patterns) - 0.45, -1.35)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("attention on the pattern's target (share of a row)")
    _key(axes, theme)
    return picture


def _key(axes: plt.Axes, theme: Theme) -> None:
    """Direct labels above the first row, each with its mark."""
    for line, (label, marker, _, color) in enumerate(KINDS.values()):
        x, y = 0.3, -1.2 + 0.24 * line
        axes.scatter([x], [y], marker=marker, s=26, color=theme.colors[color], clip_on=False)
        axes.text(x + 0.03, y, label, va="center", fontsize=10.5, color=theme.colors[color])
    axes.plot([0.02, 0.02], [-1.3, -1.1], color=theme.muted, lw=2.5, clip_on=False)
    axes.text(0.05, -1.2, "even weights", va="center", fontsize=10.5, color=theme.muted)


if __name__ == "__main__":
    figure.run(draw, INPUTS)
