"""Recorded cells on disk: written whole or not at all, and read only if they are what they say."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.core.atomic import replacing, write_json
from groundwork.core.files import write_arrays
from groundwork.core.provenance import provenance, sha256
from groundwork.reproduction.cells import Cell, Outcome, code, facts
from groundwork.reproduction.model import Training


@dataclass(frozen=True)
class Record:
    """One recorded cell."""

    cell: Cell
    summary: dict[str, float]
    arrays: dict[str, NDArray[np.float32]]
    device: str


class Refused(ValueError):
    """A record that does not count, and why."""


def write(folder: Path, cell: Cell, training: Training, batches: int, outcome: Outcome) -> None:
    """Write a finished cell: its arrays first, then the JSON that vouches for them."""
    arrays = folder / f"{cell.name}.npz"
    with replacing(arrays) as whole:
        write_arrays(whole, outcome.arrays())
    origin = provenance("reproduction_record", seeds=[cell.seed], packages=("numpy",))
    content = {
        **facts(cell, training, batches),
        "summary": outcome.summary(cell),
        "provenance": {**origin, "code": code(), "arrays": sha256(arrays)},
    }
    write_json(folder / f"{cell.name}.json", content)


def read(folder: Path, cell: Cell, training: Training, batches: int) -> Record | None:
    """The record of a cell, or nothing where there is none.

    Raises `Refused`, with the file and what is wrong, for a record that is torn, was made by other
    code or with other settings, or whose arrays are missing or were changed.
    """
    path = folder / f"{cell.name}.json"
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        origin, summary = found["provenance"], found["summary"]
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{path}: torn or half a cell; delete it and record it again") from None
    if origin.get("code") != code():
        raise Refused(f"{path}: recorded by other code ({origin.get('code')}, now {code()})")
    for part, expected in facts(cell, training, batches).items():
        if found.get(part) != expected:
            raise Refused(f"{path}: recorded with another {part}: {found.get(part)}")
    arrays = path.with_suffix(".npz")
    if not arrays.is_file() or sha256(arrays) != origin.get("arrays"):
        raise Refused(f"{arrays}: missing or changed since it was recorded")
    with np.load(arrays) as held:
        return Record(cell, summary, {name: held[name] for name in held}, origin["device"])


def read_all(
    folder: Path, cells: list[Cell], base: Training, batches: int
) -> tuple[list[Record], list[str]]:
    """All of these cells that are recorded, and why others that are there do not count."""
    records, refused = [], []
    for cell in cells:
        try:
            record = read(folder, cell, training_of(cell, base), batches)
        except Refused as problem:
            refused.append(str(problem))
        else:
            records += [record] if record else []
    return records, refused


def training_of(cell: Cell, base: Training) -> Training:
    """The settings of a cell's training: those of all, with the cell's decay."""
    return replace(base, weight_decay=cell.gamma)
