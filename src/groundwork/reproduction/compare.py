"""The paper's numbers beside ours: exponents of lines, losses of cells, and a verdict by rule."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundwork.reproduction import grid, theory
from groundwork.reproduction.cells import WIDTHS, Cell
from groundwork.reproduction.io import Record, read_all

NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Line:
    """The exponents of one (α, γ, bias_std), one per seed that has all six widths."""

    alpha: float
    gamma: float
    bias_std: float
    cells: int  # recorded, of whatever seed
    fits: tuple[theory.Fit, ...]

    @property
    def exponent(self) -> float:
        """Mean over seeds."""
        return float(np.mean([fit.exponent for fit in self.fits]))

    @property
    def error(self) -> float:
        """The standard error of one fit, as the paper states it: mean over seeds."""
        return float(np.mean([fit.error for fit in self.fits]))

    @property
    def spread(self) -> float | None:
        """Standard deviation of the exponent over seeds, of two or more."""
        found = [fit.exponent for fit in self.fits]
        return float(np.std(found, ddof=1)) if len(found) > 1 else None


def line(
    records: Sequence[Record],
    alpha: float,
    gamma: float,
    bias_std: float = 1.0,
    widths: Sequence[int] = WIDTHS,
) -> Line:
    """The line of these records; seeds that lack a width have no exponent."""
    losses: dict[int, dict[int, float]] = {}
    for record in records:
        if _of(record.cell, alpha, gamma, bias_std):
            losses.setdefault(record.cell.seed, {})[record.cell.width] = record.summary["loss"]
    fits = tuple(
        theory.exponent(widths, [by_width[m] for m in widths])
        for _, by_width in sorted(losses.items())
        if set(widths) <= set(by_width)
    )
    return Line(alpha, gamma, bias_std, sum(map(len, losses.values())), fits)


def _of(cell: Cell, alpha: float, gamma: float, bias_std: float) -> bool:
    return (
        cell.alpha == alpha
        and math.isclose(cell.gamma, gamma, abs_tol=1e-3)
        and cell.bias_std == bias_std
    )


def verdict(found: Line, published: Mapping[str, Any]) -> tuple[float | None, str]:
    """Difference in standard errors, and a word for it.

    Errors are those of the two fits, added in squares; where the figure states none (exponents read
    by colour), ours alone counts with the reading's 0.02. Within one: `reproduced`; within two:
    `compatible`; beyond: `differs`. Without all six widths of any seed: `not attempted`.
    """
    if not found.fits:
        return None, NOT_ATTEMPTED
    theirs = published["error"] if published["error"] is not None else 0.02
    z = (found.exponent - published["exponent"]) / math.hypot(found.error, theirs)
    word = "reproduced" if abs(z) <= 1 else "compatible" if abs(z) <= 2 else "differs"
    return z, word


def cell_rows(
    records: Sequence[Record], published: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each published loss beside ours: mean and standard deviation over seeds, difference in %."""
    rows = []
    for entry in published:
        found = [
            record.summary["loss"]
            for record in records
            if _of(record.cell, entry["alpha"], float(entry["gamma"]), 1.0)
            and record.cell.width == entry["m"]
        ]
        row = {"alpha": entry["alpha"], "gamma": entry["gamma"], "m": entry["m"]}
        row |= {"published": entry["loss"], "figure": entry["figure"], "seeds": len(found)}
        ours = float(np.mean(found)) if found else None
        row |= {"ours": ours, "sd": float(np.std(found, ddof=1)) if len(found) > 1 else None}
        row["percent"] = 100 * (ours / entry["loss"] - 1) if ours is not None else None
        rows.append(row)
    return rows


def recorded(paths: list[Path]) -> tuple[list[Record], list[str]]:
    """The cells of the plan in the folders of these files; and those refused, with the reason."""
    found: list[Record] = []
    refused: list[str] = []
    for folder in sorted({path.parent for path in paths}):
        more, against = read_all(folder, list(grid.ordered()), grid.TRAINING, grid.BATCHES)
        found += more
        refused += against
    return found, refused


def shown(value: float | None, spec: str = ".3f") -> str:
    """A number for a table; what is not there has not been attempted."""
    return NOT_ATTEMPTED if value is None else f"{value:{spec}}"
