"""The recorded cells against the published ones: exponents of lines, losses of cells, verdicts."""

import json
from collections import Counter
from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.reproduction import compare, grid, theory
from groundwork.reproduction.io import Record
from groundwork.reproduction.model import chances
from groundwork_harness.pipeline import step


class Settings(step.Settings):
    """The paper's table against ours; nothing to set."""


def main(
    settings: Settings,
    *,
    native: Path,
    published_and_records: list[Path],
    lines: step.Out,
    cells: step.Out,
) -> step.Claims:
    """`published_and_records`: the published numbers, then whatever cells have been recorded."""
    published = json.loads(published_and_records[0].read_text())
    found, refused = compare.recorded(published_and_records[1:])
    rows, words = [], Counter[str]()
    for entry in published["lines"]:
        row = _row(compare.line(found, entry["alpha"], float(entry["gamma"])), entry)
        words[row["verdict"]] += 1
        rows.append(row)
    losses = compare.cell_rows(found, published["losses"])
    write_table(lines, rows)
    write_table(
        cells,
        [{**row, **{k: compare.shown(row[k], s) for k, s in FORMATS.items()}} for row in losses],
    )
    hours = sum(record.summary["seconds"] for record in found) / 3600
    planned = list(grid.ordered())
    offs = [abs(row["percent"]) for row in losses if row["percent"] is not None]
    return {
        "planned": claim(len(planned), "", "exact"),
        "recorded": claim(len(found), "", "recorded"),
        "refused": claim("; ".join(refused) or "none", "", "exact"),
        "hours": claim(hours, "h", "recorded"),
        "seeds": claim(len({record.cell.seed for record in found}), "", "recorded"),
        "device": claim(
            ", ".join(sorted({record.device for record in found})) or "none", "", "recorded"
        ),
        "lines": claim(len(rows), "", "exact"),
        "attempted": claim(len(rows) - words[compare.NOT_ATTEMPTED], "", "recorded"),
        "not_attempted": claim(words[compare.NOT_ATTEMPTED], "", "recorded"),
        "reproduced": claim(words["reproduced"], "", "recorded"),
        "compatible": claim(words["compatible"], "", "recorded"),
        "differs": claim(words["differs"], "", "recorded"),
        "losses": claim(len(offs), "", "recorded"),
        "losses_published": claim(len(losses), "", "exact"),
        "largest_loss_difference": claim(max(offs, default=0.0), "%", "recorded"),
        **{
            f"{name}_{alpha:g}": claim(
                compare.shown(_exponent(found, alpha, gamma)), "", "recorded"
            )
            for name, gamma in (("strong", grid.STRONG), ("weak", grid.WEAK))
            for alpha in (0.0, 1.0, 2.0)
        },
    }


FORMATS = {"ours": ".4f", "sd": ".4f", "percent": "+.1f"}


def _row(line: compare.Line, entry: dict) -> dict:
    """A line of the comparison: the published exponent, ours, and the verdict."""
    z, word = compare.verdict(line, entry)
    losses = theory.ideal_losses(chances(1000, entry["alpha"], 1.0), grid.WIDTHS)
    return {
        "alpha": entry["alpha"],
        "gamma": entry["gamma"],
        "published": entry["exponent"],
        "published_error": compare.shown(entry["error"]) if entry["error"] else "none stated",
        "figure": entry["figure"],
        "ours": compare.shown(line.exponent if line.fits else None),
        "error": compare.shown(line.error if line.fits else None),
        "seeds": len(line.fits),
        "sd": compare.shown(line.spread) if line.spread is not None else "",
        "z": compare.shown(z, "+.1f"),
        "percent": compare.shown(
            100 * (line.exponent / entry["exponent"] - 1) if line.fits else None, "+.0f"
        ),
        "ideal": round(theory.exponent(grid.WIDTHS, list(losses)).exponent, 3),
        "cells": line.cells,
        "verdict": word,
    }


def _exponent(found: list[Record], alpha: float, gamma: float) -> float | None:
    line = compare.line(found, alpha, gamma)
    return line.exponent if line.fits else None


if __name__ == "__main__":
    step.run(main)
