"""One training step, one lane a rank: forward, backward, and each bucket on its way."""

import csv
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

ANIMATED = True
INPUTS = {"events": "data_parallel/overlap/events.csv"}
FRAMES = 36
Bar = tuple[Rectangle, float, float]


def frames(theme: Theme, events: Path) -> Iterator[Figure]:
    with open(events, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ranks = sorted({int(row["rank"]) for row in rows})
    picture, panels = plt.subplots(
        len(ranks), 1, figsize=(WIDTH, 2.1 * len(ranks) + 0.6), sharex=True, squeeze=False
    )
    end = max(float(row["end"]) for row in rows)
    bars, hands = [], []
    for axes, rank in zip(panels[:, 0], ranks, strict=True):
        bars += _lane(axes, theme, [row for row in rows if int(row["rank"]) == rank])
        axes.set(xlim=(0, 1.02 * end), title=f"rank {rank}")
        hands.append(axes.axvline(0, color=theme.ink, linewidth=1.2))
    panels[-1, 0].set_xlabel("ms since the step began")
    for number in range(FRAMES):
        now = end * (number + 1) / FRAMES
        for bar, begin, stop in bars:
            bar.set_width(max(0.0, min(now, stop) - begin))
        for hand in hands:
            hand.set_xdata([now, now])
        yield picture


def _lane(axes: Axes, theme: Theme, rows: list[dict[str, str]]) -> list[Bar]:
    """A rank's bars, empty as yet: computing in the first row, each bucket in one of its own."""
    transfers = [row["event"] for row in rows if row["event"].startswith("bucket")]
    places = {"forward": 0, "backward": 0} | {name: i + 1 for i, name in enumerate(transfers)}
    colors = {"forward": theme.colors[2], "backward": theme.colors[0]}
    bars = []
    for row in rows:
        begin, stop = float(row["begin"]), float(row["end"])
        color = colors.get(row["event"], theme.colors[1])
        bar = Rectangle((begin, places[row["event"]] - 0.38), 0, 0.76, color=color, linewidth=0)
        axes.add_patch(bar)
        bars.append((bar, begin, stop))
        if row["event"] in colors:
            axes.text((begin + stop) / 2, 0, row["event"], ha="center", va="center", fontsize=9,
                      color=theme.paper, weight="bold", clip_on=True)  # fmt: skip
    axes.set_yticks([0, *range(1, len(transfers) + 1)])
    axes.set_yticklabels(["compute", *transfers], fontsize=8)
    axes.set_ylim(len(transfers) + 0.6, -0.6)
    axes.grid(True, axis="x")
    return bars


if __name__ == "__main__":
    figure.run_animation(frames, INPUTS, seconds=0.12, hold=2.5, poster=-1)
