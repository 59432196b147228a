"""What the longer run found, where one has been recorded; says so where none has."""

from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import read_table, write_table
from groundwork.core.result import Result
from groundwork.pipeline import records as archive
from groundwork.pipeline import step


class Settings(step.Settings):
    """The longer run's record; nothing to set."""


def main(settings: Settings, *, records: list[Path], table: step.Out) -> step.Claims:
    """`records`: this build's evaluation, and those that were recorded, each beside its table."""
    rows = []
    recorded = [path for path in records if "recorded" in path.parts]
    for path in recorded:
        source = archive.origin(path.parts[-3], Result.read(path))
        rows += [{**row, "source": source} for row in read_table(path.with_suffix(".csv"))]
    if not rows:
        names = read_table(records[0].with_suffix(".csv"))[0]
        rows = [{**dict.fromkeys(names, ""), "point": "none recorded", "source": "open"}]
    write_table(table, rows)
    return {"runs": claim(len(recorded), "", "exact")}


if __name__ == "__main__":
    step.run(main)
