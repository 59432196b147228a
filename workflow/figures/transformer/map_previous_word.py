"""The head that scores best on the word before: its attention where it follows that most."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from groundwork.core.style import Theme
from groundwork.transformer.drawing import attention_map
from groundwork_harness.pipeline import figure

INPUTS = {"examples": "transformer/attention/examples.npz"}


def draw(theme: Theme, examples: Path) -> Figure:
    with np.load(examples) as arrays:
        return attention_map(theme, arrays, "previous_word", "trained", "the word before")


if __name__ == "__main__":
    figure.run(draw, INPUTS)
