"""A stated subset of the paper's cells, trained here with all their steps."""

import time
from dataclasses import replace
from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.reproduction import cells, theory
from groundwork.reproduction.model import Training
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Cells that every build trains: one line's smaller models."""

    alpha: float = knob("Exponent of the features' frequencies.", ge=0)
    gamma: float = knob("Weight decay; negative pulls rows to unit norm.")
    widths: list[bounded(int, ge=2)] = knob("Hidden dimensions m.", min_length=3)  # type: ignore[valid-type]
    bias_std: float = knob("Standard deviation of the initial biases.", ge=0)
    features: int = knob("Features n.", ge=10)
    seed: int = knob("Seed of the initial weights and of the batches.", ge=0)
    batch: int = knob("Samples of a step.", ge=1)
    steps: int = knob("Steps; the paper's are not to be cut, the grid is.", ge=10)
    warmup_steps: int = knob("Of them with a rising learning rate.", ge=0)
    batches: int = knob("Test batches.", ge=2)


def main(settings: Settings, *, native: Path, table: step.Out) -> step.Claims:
    training = replace(
        Training(settings.gamma),
        batch=settings.batch, steps=settings.steps, warmup_steps=settings.warmup_steps,
    )  # fmt: skip
    rows, began = [], time.monotonic()
    for width in settings.widths:
        cell = cells.Cell(
            settings.alpha, settings.gamma, width, settings.seed, settings.bias_std,
            features=settings.features,
        )  # fmt: skip
        summary = cells.run(cell, training, settings.batches).summary(cell)
        rows.append({"m": width, **summary, "dead_share": summary["dead"] / settings.features})
    fit = theory.exponent(settings.widths, [row["loss"] for row in rows])
    write_table(table, rows)
    seconds = sum(row["seconds"] for row in rows)
    return {
        "exponent": claim(fit.exponent),
        "error": claim(fit.error),
        "minutes": claim((time.monotonic() - began) / 60, "min"),
        "milliseconds": claim(1e3 * seconds / (settings.steps * len(rows)), "ms"),
        "cells": claim(len(rows), "", "exact"),
        "smallest_loss": claim(min(row["loss"] for row in rows)),
    }


if __name__ == "__main__":
    step.run(main)
