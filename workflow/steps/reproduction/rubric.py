"""The reproduction scored row by row, by rules: exact, within tolerance, scaled down, not attempted."""

import json
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.reproduction import compare, fast, grid
from groundwork.reproduction.cells import Cell
from groundwork.reproduction.model import chances
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

EXACT, WITHIN, SCALED, NONE = "exact", "within tolerance", "scaled down", compare.NOT_ATTEMPTED
PAPER_CELLS = 17 * 10 * 6


class Settings(step.Settings):
    """What the rubric compares with."""

    step_tolerance: float = knob(
        "Largest difference of a weight after one step, fast against plain.", gt=0
    )


def main(
    settings: Settings, *, native: Path, oracles: Path, published_and_records: list[Path], table: step.Out
) -> step.Claims:  # fmt: skip
    published = json.loads(published_and_records[0].read_text())
    found, _ = compare.recorded(published_and_records[1:])
    differences = json.loads(oracles.read_text())["claims"]
    rows = [constant(entry) for entry in published["constants"] if entry["value"] is not None]
    rows += [
        _model(float(differences["step_difference"]["value"]), settings.step_tolerance),
        _streams(),
        _row("data", "seeds", "nowhere", "none set", f"{len(grid.SEEDS)} at α = 1, 1 elsewhere",
             EXACT if {r.cell.seed for r in found} >= set(grid.SEEDS) else SCALED if found else NONE),
        _row("compute", "hours and device", "nowhere", "not stated",
             f"{sum(r.summary['seconds'] for r in found) / 3600:.2f} h, one thread each",
             EXACT if found else NONE),
        *_results(published, found),
    ]  # fmt: skip
    write_table(table, rows)
    counts = Counter(row["score"] for row in rows)
    stated = Counter(row["stated"] for row in rows if row["part"] == "hyperparameters")
    return {
        "rows": claim(len(rows), "", "exact"),
        "exact": claim(counts[EXACT], "", "recorded"),
        "within": claim(counts[WITHIN], "", "recorded"),
        "scaled": claim(counts[SCALED], "", "recorded"),
        "not_attempted": claim(counts[NONE], "", "recorded"),
        "in_paper": claim(stated["paper"], "", "exact"),
        "in_code_only": claim(stated["code"], "", "exact"),
    }


def _row(
    part: str, item: str, stated: str, theirs: object, ours: object, score: str
) -> dict[str, str]:
    return {
        "part": part,
        "item": item,
        "stated": stated,
        "theirs": str(theirs),
        "ours": str(ours),
        "score": score,
    }


def constant(entry: dict[str, object]) -> dict[str, str]:
    """A published constant beside the one that the recorded cells are trained with."""
    cell = Cell(1.0, grid.STRONG, 100, 0)
    ours: dict[str, object] = {
        **asdict(cell), **asdict(grid.TRAINING), "widths": list(grid.WIDTHS), "batches": grid.BATCHES,
        "weights_std": "m^-1/2", "bias_decay": 0.0,
    }  # fmt: skip
    value = ours[str(entry["key"])]
    same = value == entry["value"]
    return _row(
        "hyperparameters",
        str(entry["words"]),
        str(entry["stated"]),
        entry["value"],
        value,
        EXACT if same else SCALED,
    )


def _model(difference: float, tolerance: float) -> dict[str, str]:
    """The architecture as described: the fast step must do what the plain one does."""
    return _row("code", "y = ReLU(W Wᵀx + b), AdamW after decay", "paper", "equation 2",
                f"plain and fast, {difference:.0e} apart a step", WITHIN if difference <= tolerance else NONE)  # fmt: skip


def _streams() -> dict[str, str]:
    """Training and test batches come from streams that never meet: asserted on their first draws."""
    p = chances(1000, 1.0, 1.0)
    batches = [fast.draw(p, 64, seed=0, stream=s, step=0).values for s in (fast.TRAIN, fast.TEST)]
    apart = fast.TRAIN != fast.TEST and not set(batches[0]) & set(batches[1])
    return _row(
        "data",
        "test batches new",
        "paper",
        "newly drawn",
        "a stream of its own",
        EXACT if apart else NONE,
    )


def _results(
    published: dict[str, list[dict[str, object]]], found: list[compare.Record]
) -> list[dict[str, str]]:
    """The main table: what share of it was trained, and how the lines compare."""
    planned, own = len(list(grid.ordered())), [r for r in found if r.cell.bias_std == 1]
    score = EXACT if len(own) >= PAPER_CELLS else SCALED if own else NONE
    rows = [
        _row(
            "results",
            "cells trained",
            "paper",
            PAPER_CELLS,
            f"{len(own)} ({planned} planned with the ablation)",
            score,
        )
    ]
    for entry in published["lines"]:
        line = compare.line(found, entry["alpha"], float(str(entry["gamma"])))  # type: ignore[arg-type]
        z, word = compare.verdict(line, entry)
        score = {"reproduced": WITHIN, "compatible": WITHIN, "differs": SCALED}.get(word, NONE)
        if word == "differs" and z is not None and math.isfinite(z):
            score = "outside tolerance"
        rows.append(_row("results", f"exponent at α = {entry['alpha']}, γ = {entry['gamma']}", "paper",
                         entry["exponent"], compare.shown(line.exponent if line.fits else None), score))  # fmt: skip
    return rows


if __name__ == "__main__":
    step.run(main)
