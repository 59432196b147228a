"""The recorded run beside the laptop's: curves over images seen, and what it took."""

import json
from pathlib import Path

from groundwork.core.claims import Claim, claim
from groundwork.core.files import read_table, write_table
from groundwork_harness.pipeline import closure, step

FIGURES = (
    "images_seen",
    "updates",
    "hours",
    "validation_loss",
    "parameters",
    "device",
    "learning_rate",
    "kernel_rate",
    "batch",
)


class Settings(step.Settings):
    """The recorded run's curve."""


def main(settings: Settings, *, own: Path, records: list[Path], table: step.Out) -> step.Claims:
    """`own`: the laptop's result; `records`: its curve, then a recorded run's files, if any."""
    batch = json.loads(own.read_text())["provenance"]["settings"]["loop"]["batch"]
    rows = [
        {
            "run": "own",
            "images": batch * int(row["iteration"]),
            "validation": row["validation"],
        }
        for row in read_table(records[0])
    ]
    runs = {path.suffix: path for path in records[1:]}
    claims: dict[str, Claim] = {}
    if ".json" in runs:
        found = json.loads(runs[".json"].read_text())
        known = [name for name in FIGURES if name in found["claims"]]  # an older record has fewer
        claims = {name: {**found["claims"][name], "kind": "recorded"} for name in known}
        claims["date"] = claim(found["provenance"]["time"][:10], "", "recorded")
        now = closure.of(Path(__file__).with_name("train.py")).digest
        same = found["provenance"]["code"] == now
        claims["code"] = claim("the present code" if same else "older code", "", "recorded")
        each = int(found["claims"]["batch"]["value"])
        rows += [
            {
                "run": "recorded",
                "images": each * int(row["iteration"]),
                "validation": row["validation"],
            }
            for row in read_table(runs[".csv"])
        ]
    write_table(table, rows)
    none = claim("not recorded", "", "recorded")
    return {name: claims.get(name, none) for name in (*FIGURES, "date", "code")}


if __name__ == "__main__":
    step.run(main)
