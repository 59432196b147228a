"""What training does to chosen and rejected answers: their log-probabilities against the base's."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"curve": "alignment/dpo.csv"}


def draw(theme: Theme, curve: Path) -> Figure:
    table = pd.read_csv(curve)
    runs = list(dict.fromkeys(table["run"]))[:2]
    picture, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.3), sharey=True, sharex=True)
    for axes, run in zip(panels, runs, strict=False):
        part = table[table["run"] == run]
        axes.plot(part["iteration"], part["chosen_reward"], "o-", ms=3, color=theme.colors[0])
        axes.plot(part["iteration"], part["rejected_reward"], "s--", ms=3, color=theme.colors[1])
        axes.axhline(0, color=theme.muted, lw=1)
        axes.set_title(f"{run}, β = {part['beta'].iloc[0]:g}")
        axes.set_xlabel("updates")
        axes.grid(axis="y")
    panels[0].set_ylabel("log π − log ρ (nats an answer)")
    panels[0].text(
        0.04, 0.14, "chosen (circles)", color=theme.colors[0], transform=panels[0].transAxes
    )
    panels[0].text(
        0.04, 0.05, "rejected (squares)", color=theme.colors[1], transform=panels[0].transAxes
    )
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
