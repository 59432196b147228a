"""Files of results: tables and arrays. The step's harness writes each under a temporary name first."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def write_table(
    path: Path | str,
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    columns: Sequence[str] | None = None,
) -> None:
    """Write rows as CSV; those by name need `columns` only where there may be none, or too many."""
    kept = [row if isinstance(row, Mapping) else tuple(row) for row in rows]
    names = list(kept[0]) if columns is None else list(columns)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in kept:
            cells = [row.get(n, "") for n in names] if isinstance(row, Mapping) else row
            if len(cells) != len(names):
                raise ValueError(f"{len(cells)} cells in a table of {len(names)} columns")
            writer.writerow(cells)


def read_table(path: Path | str) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_arrays(path: Path | str, arrays: Mapping[str, Any]) -> None:
    """Write named arrays as a compressed `.npz`."""
    import numpy as np  # a machine that only records tables may lack it

    with open(path, "wb") as file:  # a name without the suffix would be given it
        np.savez_compressed(file, **dict(arrays))
