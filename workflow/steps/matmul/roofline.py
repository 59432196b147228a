"""Place each step under the machine's roofs: simulated intensity across, measured speed up."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import Claim, claim
from groundwork.core.files import read_table, write_table
from groundwork.core.result import Result
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Measured speeds under the roofs of the machine."""

    size: int = knob("Edge of the product shown (elements).", ge=1)


def main(
    settings: Settings, *, speeds: Path, counts: Path, machine: Path, points: step.Out
) -> step.Claims:
    """Write step, intensity, GFLOPS and the lowest roof above it; claim how near each comes."""
    told = Result.read(machine).claims
    peak, bandwidth, memory = (
        ends(told[name]) for name in ("peak", "level2_bandwidth", "memory_bandwidth")
    )
    measured = {
        row["step"]: np.array([float(row[key]) for key in ("gflops", "low", "high")])
        for row in read_table(speeds)
        if row["threads"] == "1" and row["m"] == row["k"] == row["n"] == str(settings.size)
    }
    rounds, claims = told["memory_bandwidth"]["n"], {}
    rows = []
    for row in read_table(counts):
        name = row["step"]
        if row["n"] != str(settings.size) or name not in measured:
            continue
        intensity = float(row["intensity"])
        roof = np.minimum(peak, intensity * bandwidth)
        rows.append((name, intensity, measured[name][0], roof[0]))
        claims[f"{name}_intensity"] = claim(intensity, "operations/byte", "simulated")
        claims[f"{name}_of_roof"] = quotient(100 * measured[name], roof, "%", rounds)
    write_table(points, rows, ["step", "intensity", "gflops", "roof"])
    return claims | {
        "ridge": quotient(peak, bandwidth, "operations/byte", rounds),
        "ridge_memory": quotient(peak, memory, "operations/byte", rounds),
    }


def ends(found: Claim) -> np.ndarray:
    """A claim's value and the two ends of its spread, (3,)."""
    return np.array([found["value"], *(found["spread"] or [found["value"]] * 2)], float)


def quotient(above: np.ndarray, below: np.ndarray, unit: str, rounds: int) -> Claim:
    """A claim of one measured value over another, with the widest spread that theirs allow."""
    limits = above[1] / below[2], above[2] / below[1]
    return claim(above[0] / below[0], unit, n=rounds, spread=limits)


if __name__ == "__main__":
    step.run(main)
