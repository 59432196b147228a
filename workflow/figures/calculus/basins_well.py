"""Basin maps of the four optimisers on x² − y² + y⁴/4."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from groundwork.calculus.draw import basin_panels
from groundwork.core.result import Result
from groundwork.core.style import Theme
from groundwork_harness.pipeline import figure

INPUTS = {"maps": "calculus/basins.npz", "record": "calculus/basins.json"}


def draw(theme: Theme, maps: Path, record: Path) -> Figure:
    """Colour says where a start ends; black (dark theme: white) is the saddle."""
    claims = Result.read(record).claims
    return basin_panels(theme, plt.figure(), np.load(maps), claims, "well")


if __name__ == "__main__":
    figure.run(draw, INPUTS)
