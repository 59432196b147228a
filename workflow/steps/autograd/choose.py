"""Optimizer, learning rate and dropout, chosen on held-out training images."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from groundwork.autograd.io import read_idx
from groundwork.autograd.training import OPTIMIZERS, Examples, examples, fit, mlp, split
from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.pipeline import step


@dataclass(frozen=True)
class Candidate:
    optimizer: str
    learning_rate: float
    dropout: float


@dataclass(frozen=True)
class Settings:
    candidates: list[Candidate]
    sizes: list[int]
    examples: int
    held_out: int
    epochs: int
    batch: int
    threads: int
    seed: int


def main(settings: Settings, *, images: Path, labels: Path, table: step.Out) -> step.Claims:
    """Each candidate trained alike for a few epochs; the best validation loss wins."""
    data = examples(read_idx(images), read_idx(labels))[: settings.examples]
    training, validation = split(data, settings.held_out, stream(settings.seed, "split"))
    with threadpool_limits(settings.threads):
        rows = [
            _tried(candidate, settings, training, validation) for candidate in settings.candidates
        ]
    rows.sort(key=lambda row: row["validation_loss"])
    with open(table, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    best = rows[0]
    return {
        "candidates": claim(len(rows), "", "exact"),
        "epochs": claim(settings.epochs, "", "exact"),
        "held_out": claim(len(validation), "", "exact"),
        "optimizer": claim(best["optimizer"]),
        "learning_rate": claim(best["learning_rate"]),
        "dropout": claim(best["dropout"]),
    }


def _tried(
    candidate: Candidate, settings: Settings, training: Examples, validation: Examples
) -> dict[str, Any]:
    """The candidate and what it reached on the held-out images; all start from the same weights."""
    model = mlp(settings.sizes, stream(settings.seed, "init"), candidate.dropout)
    extra = {"momentum": 0.9} if candidate.optimizer == "sgd" else {}
    optimizer = OPTIMIZERS[candidate.optimizer](
        model.parameters(), lr=candidate.learning_rate, **extra
    )
    history = fit(
        model,
        optimizer,
        training,
        validation,
        epochs=settings.epochs,
        batch=settings.batch,
        rng=stream(settings.seed, "batches"),
    )
    return {
        "optimizer": candidate.optimizer,
        "learning_rate": candidate.learning_rate,
        "dropout": candidate.dropout,
        "validation_loss": history.validation_loss[-1],
        "validation_accuracy": 100 * history.validation_accuracy[-1],
    }


if __name__ == "__main__":
    step.run(main)
