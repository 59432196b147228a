"""Which surprises in libraries the scripts of findings/ hold, as a table for the guide."""

import csv
from pathlib import Path

from groundwork.core.claims import claim
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.headers import finding


class Settings(step.Settings):
    """Surprises in libraries, from the scripts' headers; nothing to set."""


def main(settings: Settings, *, scripts: list[Path], known: Path, table: step.Out) -> step.Claims:
    """`scripts`: findings/*.sh; `known`: the same columns, for what has no script here."""
    rows = [finding(path) for path in sorted(scripts)]
    with known.open(newline="", encoding="utf-8") as file:
        earlier = list(csv.DictReader(file))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["part", "version", "expected", "seen", "here"])
        writer.writeheader()
        writer.writerows(sorted(rows + earlier, key=lambda row: row["part"].lower()))
    return {"scripts": claim(len(rows), "", "exact"), "known": claim(len(earlier), "", "exact")}


if __name__ == "__main__":
    step.run(main)
