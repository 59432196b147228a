"""Optimizer, learning rate and dropout, chosen on held-out training images."""

from pathlib import Path
from typing import Any, Literal

from threadpoolctl import threadpool_limits

from groundwork.autograd.io import read_idx
from groundwork.autograd.training import OPTIMIZERS, Examples, examples, fit, mlp, split
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Candidate(step.Settings):
    """One candidate."""

    optimizer: Literal["sgd", "adam", "adamw"] = knob(
        "sgd has momentum 0.9, adamw weight decay 0.01."
    )
    learning_rate: float = knob("Peak of the schedule (per step).", gt=0)
    dropout: float = knob("Probability with which a hidden entry is zeroed.", ge=0, lt=1)


class Settings(step.Settings):
    """Optimizer, learning rate and dropout, chosen by validation loss."""

    candidates: list[Candidate] = knob("What is compared.", min_length=1)
    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    examples: int = knob("Training images used, from the first; 60000 are all.", ge=20, le=60000)
    held_out: int = knob("Of these, images that are not trained on but chosen by.", ge=10)
    epochs: int = knob("Passes over the training images.", ge=1)
    batch: int = knob("Images in a batch.", ge=1)
    threads: int = knob("Threads of BLAS (and of PyTorch).", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, images: Path, labels: Path, table: step.Out) -> step.Claims:
    """Each candidate trained alike for a few epochs; the best validation loss wins."""
    data = examples(read_idx(images), read_idx(labels))[: settings.examples]
    training, validation = split(data, settings.held_out, stream(settings.seed, "split"))
    with threadpool_limits(settings.threads):
        rows = [
            _tried(candidate, settings, training, validation) for candidate in settings.candidates
        ]
    rows.sort(key=lambda row: row["validation_loss"])
    write_table(table, rows)
    best = rows[0]
    return {
        "candidates": claim(len(rows), "", "exact"),
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
