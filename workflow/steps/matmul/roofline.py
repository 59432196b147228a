"""Place each step under the machine's roofs: simulated intensity across, measured speed up."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from groundwork.core.claims import claim
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    """See config.yaml, matmul.roofline."""

    size: int


def main(
    settings: Settings, *, speeds: Path, counts: Path, machine: Path, points: step.Out
) -> step.Claims:
    """Write step, intensity, GFLOPS and the lowest roof above it; claim how near each comes."""
    roofs = {name: c["value"] for name, c in json.loads(machine.read_text())["claims"].items()}
    measured = {
        row["step"]: float(row["gflops"])
        for row in read(speeds)
        if row["threads"] == "1" and row["m"] == row["k"] == row["n"] == str(settings.size)
    }
    claims = {}
    with open(points, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "intensity", "gflops", "roof"])
        for row in read(counts):
            name = row["step"]
            if row["n"] != str(settings.size) or name not in measured:
                continue
            intensity = float(row["intensity"])
            roof = min(roofs["peak"], intensity * roofs["level2_bandwidth"])
            writer.writerow([name, intensity, measured[name], roof])
            share = 100 * measured[name] / roof
            claims[f"{name}_intensity"] = claim(intensity, "operations/byte", "simulated")
            claims[f"{name}_of_roof"] = claim(share, "%", n=1)
    ridge = roofs["peak"] / roofs["level2_bandwidth"]
    return claims | {
        "size": claim(settings.size, kind="exact"),
        "ridge": claim(ridge, "operations/byte"),
        "ridge_memory": claim(roofs["peak"] / roofs["memory_bandwidth"], "operations/byte"),
    }


def read(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    step.run(main)
