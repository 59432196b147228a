"""Bytes that a rank holds: counted in its tensors, beside what the accounting says."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"memory": "data_parallel/sharding/memory.csv"}
STAGES = ("all on every rank", "ZeRO-1", "ZeRO-2")


def draw(theme: Theme, memory: Path) -> Figure:
    with open(memory, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    picture, axes = plt.subplots(figsize=(5.6, 2.9))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    left, predicted = [0.0] * 3, [0.0] * 3
    for kind, color in zip(kinds, theme.colors, strict=False):
        for row in (row for row in rows if row["kind"] == kind):
            stage, held = int(row["stage"]), float(row["held"]) / 1e6
            axes.barh(stage, held, left=left[stage], color=color, height=0.6,
                      label=kind if stage == 0 else None)  # fmt: skip
            left[stage] += held
            predicted[stage] += float(row["predicted"]) / 1e6
    axes.plot(predicted, range(3), "|", color=theme.ink, markersize=26, markeredgewidth=2.2,
              label="predicted")  # fmt: skip
    axes.set_yticks(range(3), STAGES)
    axes.invert_yaxis()
    axes.set(xlabel="MB a rank", xlim=(0, 1.06 * max(predicted)))
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.22), ncols=4, columnspacing=1.0,
                handlelength=1.2, markerscale=0.4)  # fmt: skip
    return picture


if __name__ == "__main__":
    figure.run(draw, INPUTS)
