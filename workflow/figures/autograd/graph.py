"""A small network's training step as the engine recorded it: forward down, backward up again."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from groundwork.core.style import WIDTH, Theme
from groundwork_harness.pipeline import figure

INPUTS = {"recorded": "autograd/graph.small.json"}


def draw(theme: Theme, recorded: Path) -> Figure:
    nodes = json.loads(recorded.read_text())["nodes"]
    places = _places(nodes)
    picture, axes = plt.subplots(figsize=(WIDTH, 8.6))
    for node in nodes:
        x, y = places[node["id"]]
        color, style = _look(theme, node)
        axes.text(
            x,
            y,
            _name(node),
            ha="center",
            va="center",
            fontsize=10,
            color=color,
            fontweight="bold" if style == "leaf" else "normal",
            bbox={"boxstyle": "round,pad=0.22", "facecolor": theme.paper, "edgecolor": color},
            zorder=3,
        )
        for source in node["inputs"]:
            axes.annotate(
                "",
                (x, y),
                places[source],
                arrowprops={
                    "arrowstyle": "->",
                    "color": theme.muted,
                    "alpha": 0.75,
                    "shrinkA": 9,
                    "shrinkB": 10,
                    "connectionstyle": "arc3,rad=0.12",
                },
                zorder=1,
            )
    axes.set_xlim(-0.6, 4.6)
    axes.set_ylim(max(y for _, y in places.values()) + 0.7, -0.7)
    axes.axis("off")
    return picture


def _places(nodes: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Leaves on the left, the forward pass beside them, the backward pass on the right.

    The order of execution runs down the page until the loss and goes on from the top of the right.
    """
    places: dict[str, tuple[float, float]] = {}
    computed = [node for node in nodes if node["inputs"]]
    turn = 1 + next(i for i, node in enumerate(computed) if node["id"].endswith("= loss"))
    forward, backward = computed[:turn], computed[turn:]
    height = max(len(forward), len(backward) / 1.6, len(nodes) - len(computed)) * 1.0
    for row, node in enumerate(forward):
        places[node["id"]] = (1.35, (row + 1) * height / (len(forward) + 1))
    for row, node in enumerate(backward):
        places[node["id"]] = (2.75 + 1.1 * (row % 2), height - (row + 0.5) * height / len(backward))
    leaves = [node for node in nodes if not node["inputs"]]
    for row, node in enumerate(leaves):
        places[node["id"]] = (0.0, (row + 0.7) * height / len(leaves))
    return places


def _name(node: dict[str, Any]) -> str:
    label = node["id"]
    if not node["inputs"]:
        return "seed 1" if label.startswith("constant") else label
    operation, _, result = label.partition(" ")[2].partition(" = ")
    short = {"gradient of ": "∂ "}
    for long, brief in short.items():
        result = result.replace(long, brief)
    return f"{operation}\n{result}" if result else operation


def _look(theme: Theme, node: dict[str, Any]) -> tuple[str, str]:
    if not node["inputs"]:
        return theme.colors[2], "leaf"
    if node["keep"]:
        return theme.colors[1], "result"
    return theme.colors[0], "inner"


if __name__ == "__main__":
    figure.run(draw, INPUTS)
