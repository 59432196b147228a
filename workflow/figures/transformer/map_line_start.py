"""The head that scores best on the beginning of the line: its attention on one example."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.pipeline import figure
from groundwork.transformer.drawing import attention_map

INPUTS = {"examples": "transformer/attention/examples.npz"}


def draw(theme: Theme, examples: Path) -> Figure:
    with np.load(examples) as arrays:
        layer, head = arrays["line_start_head"]
        weights, marks = arrays["line_start_trained"], arrays["line_start_marks"]
        title = f"layer {layer}, head {head}"
        return attention_map(
            theme, arrays["text"], weights, marks, title, "the beginning of the line"
        )


if __name__ == "__main__":
    figure.run(draw, INPUTS)
