"""Lookup: the functions by which a document shows a result. They read; they compute nothing.

The folder of one scale's results is `$GROUNDWORK_RESULTS`, which the renderer sets, so the same
document shows smoke, laptop or full results and never says so itself.
"""

import csv
import difflib
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from groundwork.core.result import Result
from groundwork_harness.documents.inputs import claim_source, setting_source

VARIABLE = "GROUNDWORK_RESULTS"
SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NO_SPACE = {"×", "°", "′", "″"}


class NotFound(LookupError):
    """A claim, setting or table that no result holds."""


class Shown(str):
    """A looked-up value: plain text to Python, and marked-up text to whoever asks for markdown."""

    markdown: str

    def __new__(cls, text: str, markdown: str) -> "Shown":
        shown = super().__new__(cls, text)
        shown.markdown = markdown
        return shown

    def _repr_markdown_(self) -> str:
        return self.markdown


def claim(name: str, spec: str = "", unit: bool = True) -> Shown:
    """The value of claim `room.step.name`, formatted by `spec`, with its unit unless `unit=False`.

    A step that fans out has one more part: `room.step.instance.name`. Without a format spec a
    whole number is grouped by thousands and any other gets three significant digits; a text is
    shown as it is.

    Raises `NotFound` that names the file and the nearest names, `ValueError` for a bad spec.
    """
    path, key = claim_path(name)
    claims = result(path, f"claim {name!r}").claims
    if key not in claims:
        raise NotFound(f"claim {name!r}: {path} has no claim {key!r}" + _nearest(key, claims))
    entry = claims[key]
    try:
        plain, markdown = number(entry["value"], spec)
    except ValueError as problem:
        raise ValueError(f"claim {name!r}: value {entry['value']!r}: {problem}") from problem
    if unit and entry["unit"]:
        tail = ("" if entry["unit"] in NO_SPACE else "\u00a0") + entry["unit"]
        plain, markdown = plain + tail, markdown + tail
    return Shown(plain, f'[{markdown}]{{.claim key="{name}"}}')


def setting(name: str, spec: str = "") -> Shown:
    """The value of a knob that a result was made with, as `room.step.key`; the prose says its unit.

    More keys lead into blocks and lists (`room.step.block.key`, `room.step.list.0`); a whole list is
    shown with commas. Of a step that fans out an instance is named: `room.step/instance.key`.

    Raises `NotFound` that names the file and the nearest keys, `ValueError` for a bad spec.
    """
    file, keys = setting_source(name)
    if not all(keys):
        raise NotFound(f"setting {name!r}: a setting is named room.step.key")
    path = root() / file
    try:
        value = result(path, f"setting {name!r}").setting(*keys)
    except KeyError as problem:
        key, known = problem.args
        words = f"setting {name!r}: {path} was made without {key!r}"
        raise NotFound(words + _nearest(key, known)) from None
    if isinstance(value, dict):
        raise NotFound(f"setting {name!r} is a block" + _nearest("", value))
    try:
        shown = [number(one, spec) for one in (value if isinstance(value, list) else [value])]
    except (TypeError, ValueError) as problem:
        raise ValueError(f"setting {name!r}: value {value!r}: {problem}") from problem
    return Shown(*(", ".join(parts) for parts in zip(*shown, strict=True)))


def table(
    name: str,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    formats: Mapping[str, str] | None = None,
    rows: slice | None = None,
    stacked: bool = False,
) -> Shown:
    """The table `room.step` (results' `room/step.csv`) as a markdown table.

    `columns` picks and orders CSV columns and gives their headings; `formats` maps a CSV column
    to a Python format spec; `rows` takes a slice. Numbers are set flush right. Rows of prose are
    better `stacked`: the first cell stands alone, the others below it, each behind its heading.

    Raises `NotFound` for a file or column that is not there.
    """
    path = table_path(name)
    if not path.is_file():
        raise NotFound(f"table {name!r}: there is no file {path}" + _neighbours(path))
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        records = list(reader)[rows or slice(None)]
        present = list(reader.fieldnames or [])
    wanted = {c: c for c in present} if columns is None else columns
    headings = dict(wanted) if isinstance(wanted, Mapping) else {c: c for c in wanted}
    for column in (*headings, *(formats or {})):
        if column not in present:
            raise NotFound(
                f"table {name!r}: {path} has no column {column!r}" + _nearest(column, present)
            )
    cells = [[_cell(r[c], (formats or {}).get(c, "")) for c in headings] for r in records]
    right = [_is_numeric([r[c] for r in records]) for c in headings]
    titles = list(headings.values())
    body = _definitions(titles, cells) if stacked else _pipe_table(titles, cells, right)
    return Shown(body, f'::: {{.sourced key="{name}"}}\n{body}\n:::')


def claim_path(name: str) -> tuple[Path, str]:
    """The result file of a claim's name, and the claim's key in it."""
    parts = name.split(".")
    if len(parts) not in (3, 4) or not all(parts):
        raise NotFound(
            f"claim {name!r}: a claim is named room.step.name (or room.step.instance.name)"
        )
    file, key = claim_source(name)
    return root() / file, key


def table_path(name: str) -> Path:
    """The CSV file of a table's name."""
    parts = name.split(".")
    if len(parts) not in (2, 3) or not all(parts):
        raise NotFound(f"table {name!r}: a table is named room.step (or room.step.instance)")
    return root().joinpath(*parts).with_suffix(".csv")


def figure_path(name: str) -> Path:
    """The record of a figure's name, `room/figure`; the figure lies beside it."""
    room, _, stem = name.partition("/")
    return root() / room / "figures" / f"{stem}.record.json"


def number(value: Any, spec: str = "") -> tuple[str, str]:
    """`value` in print, as plain text and as markdown: true minus sign, powers of ten raised."""
    if isinstance(value, bool):
        return ("yes", "yes") if value else ("no", "no")
    if isinstance(value, str):  # also where a number is wanted: "not recorded"
        return value, value
    text = format(value, spec or _default_spec(value))
    text = re.sub(r"^-", "−", text)
    if match := re.fullmatch(r"(?P<digits>\S*?)[eE](?P<sign>[+-])0*(?P<power>\d+)", text):
        power = ("−" if match["sign"] == "-" else "") + match["power"]
        digits = match["digits"]
        if power == "0" or float(digits.replace("−", "-")) == 0:
            return digits, digits
        ten = f"{digits}\u00a0×\u00a010"  # no line ends inside a number
        return ten + power.translate(SUPERSCRIPTS), f"{ten}^{power}^"
    return text, text


def _default_spec(value: int | float) -> str:
    if isinstance(value, int) or value == 0:
        return ",d" if isinstance(value, int) else ".0f"
    size = abs(value)
    if 1e-3 <= size < 1e3:
        return ".3g"
    return ",.0f" if 1e3 <= size < 1e6 else ".1e"


def root() -> Path:
    """The folder of one scale's results."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise NotFound(f"set {VARIABLE} to the folder of one scale's results, e.g. results/laptop")
    return Path(folder)


def result(path: Path, what: str) -> Result:
    """The result in a file; `NotFound` names `what` wants it, and the files nearest in name."""
    if not path.is_file():
        raise NotFound(f"{what}: there is no file {path}" + _neighbours(path))
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _parsed(path: Path, stamp: int) -> Result:
    del stamp  # part of the key: a preview's edit must be seen
    return Result.read(path)


def _nearest(name: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.3) or sorted(known)[:5]
    return f"; nearest: {', '.join(near)}" if near else "; it has none"


def _neighbours(path: Path) -> str:
    there = {p.stem: p for p in path.parent.glob(f"*{path.suffix}")} if path.parent.is_dir() else {}
    return _nearest(path.stem, there) if there else ""


def _cell(text: str, spec: str) -> str:
    if not _is_number(text):
        # A \\word is no TeX here, and two dashes begin an option.
        return text.replace("\\", "\\\\").replace("|", "\\|").replace("--", "\\-\\-")
    plain = text.lstrip("-").isdigit()
    value: float = int(text) if plain and not spec.endswith("%") else float(text)
    return number(value, spec)[1]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_numeric(column: list[str]) -> bool:
    given = [cell for cell in column if cell]  # a blank is a number that was not taken
    return bool(given) and all(_is_number(cell) for cell in given)


def _pipe_table(headings: list[str], cells: list[list[str]], right: list[bool]) -> str:
    # Long rows make pandoc share the width out by the dashes: give each column its longest cell.
    widths = [max(3, *(len(row[i]) for row in [headings, *cells])) for i in range(len(headings))]
    marks = ["-" * (w - 1) + (":" if r else "-") for w, r in zip(widths, right, strict=True)]
    lines = [headings, marks, *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _definitions(headings: list[str], cells: list[list[str]]) -> str:
    pairs = [(term, zip(headings[1:], row, strict=True)) for term, *row in cells]
    said = [(term, [f"*{heading}.* {cell}" for heading, cell in row]) for term, row in pairs]
    return "\n\n".join(f"{term}\n\n:   " + "\n\n    ".join(row) for term, row in said)
