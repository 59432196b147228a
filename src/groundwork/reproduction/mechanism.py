"""Which features die, and what their death costs: the mechanism behind the bias ablation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.reproduction import theory
from groundwork.reproduction.cells import dead_features
from groundwork.reproduction.io import Record
from groundwork.reproduction.model import chances, initial

BINS = (-np.inf, -1.5, -1.0, -0.5, 0.0, np.inf)  # of the initial bias


@dataclass(frozen=True)
class Deaths:
    """One trained cell's dead features."""

    share: float  # of all features
    loss_share: float  # of the test loss: 4/3 Σ p over them
    strong_by_bin: NDArray[np.float64]  # share with norm > 1, by the initial bias; NaN where none
    bias_correlation: float  # of the final norm with the initial bias
    rank_correlation: float  # of the final norm with the rank of the feature's frequency


def deaths(record: Record) -> Deaths:
    """What a recorded cell's norms and biases say; the initial biases are drawn again."""
    cell = record.cell
    norms, bias = record.arrays["norms"], record.arrays["bias"]
    dead = dead_features(norms, bias)
    frequency = chances(cell.features, cell.alpha, cell.density)
    lost = theory.SECOND * frequency[dead].sum()
    _, begun = initial(cell.features, cell.width, 1.0, cell.seed)
    if cell.bias_std == 0:  # all began at 0: no bins, no correlation
        strong, correlation = np.full(len(BINS) - 1, np.nan), 0.0
    else:
        begun = begun * cell.bias_std
        place = np.digitize(begun, BINS[1:-1])
        strong = np.array([_mean(norms[place == one] > 1) for one in range(len(BINS) - 1)])
        correlation = _correlation(norms, begun)
    ranks = np.arange(cell.features)
    return Deaths(
        float(dead.mean()), float(lost / record.summary["loss"]), strong, correlation,
        _correlation(norms, ranks),
    )  # fmt: skip


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Pearson's; 0 where one of the two does not vary."""
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def by_width(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Share of dead features and their part of the loss for each width: means over seeds."""
    rows = []
    for width in sorted({record.cell.width for record in records}):
        found = [deaths(record) for record in records if record.cell.width == width]
        losses = [record.summary["loss"] for record in records if record.cell.width == width]
        row: dict[str, Any] = {"m": width, "seeds": len(found), "loss": float(np.mean(losses))}
        for name in ("share", "loss_share"):
            values = [getattr(one, name) for one in found]
            row[name] = float(np.mean(values))
            row[f"{name}_low"], row[f"{name}_high"] = min(values), max(values)
        rows.append(row)
    return rows
