"""All seeds together: accuracy, learning curves, confusions, the worst mistakes."""

from pathlib import Path

import numpy as np

from groundwork.autograd.io import read_idx
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """All runs together."""

    mistakes: int = knob("Worst mistakes to show (pictures).", ge=1)
    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )


def main(
    settings: Settings,
    *,
    runs: list[Path],
    test_images: Path,
    test_labels: Path,
    arrays: step.Out,
    table: step.Out,
) -> step.Claims:
    """Aggregate the runs; the mistakes are those with the highest mean loss over the seeds."""
    images, labels = read_idx(test_images), read_idx(test_labels).astype(int)
    loaded = [dict(np.load(run)) for run in runs]
    logits = np.stack([run["logits"] for run in loaded]).astype(np.float64)  # (S, N, C)
    shifted = logits - logits.max(axis=2, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    predicted = logits.argmax(axis=2)  # (S, N)
    right = 100 * (predicted == labels).mean(axis=1)  # (S,)
    classes = logits.shape[2]
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (np.broadcast_to(labels, predicted.shape), predicted), 1)
    losses = -log_probs[:, np.arange(len(labels)), labels].mean(axis=0)  # (N,)
    worst = np.argsort(-losses)[: settings.mistakes]
    mean = np.exp(log_probs).mean(axis=0)  # (N, C)
    curves = ("train_loss", "validation_loss", "validation_accuracy")
    write_arrays(
        arrays,
        {
            **{name: np.stack([run[name] for run in loaded]) for name in curves},
            "confusion": confusion,
            "test_accuracy": right,
            "mistakes": images[worst],
            "mistake_labels": labels[worst],
            "mistake_guesses": mean[worst].argmax(axis=1),
            "mistake_confidence": mean[worst].max(axis=1),
        },
    )
    rows = [
        {
            "seed": Path(run).stem,
            "validation": 100 * values["validation_accuracy"][-1],
            "test": right[i],
            "errors": int((predicted[i] != labels).sum()),
        }
        for i, (run, values) in enumerate(zip(runs, loaded, strict=True))
    ]
    write_table(table, rows)
    return _claims(settings, right, rows, predicted, labels, confusion)


def _claims(settings, right, rows, predicted, labels, confusion) -> step.Claims:  # type: ignore[no-untyped-def]
    seeds = len(rows)
    off = confusion - np.diag(np.diag(confusion))
    true, guess = np.unravel_index(int(off.argmax()), off.shape)
    validation = [row["validation"] for row in rows]
    weights = sum(a * b + b for a, b in zip(settings.sizes, settings.sizes[1:], strict=False))
    return {
        "seeds": claim(seeds, "", "exact"),
        "parameters": claim(weights, "", "exact"),
        "test_accuracy": claim(right.mean(), "%", n=seeds, spread=(right.min(), right.max())),
        "test_deviation": claim(right.std(ddof=1) if seeds > 1 else 0.0, "%", n=seeds),
        "validation_accuracy": claim(np.mean(validation), "%", n=seeds),
        "test_images": claim(len(labels), "", "exact"),
        "always_wrong": claim(int((predicted != labels).all(axis=0).sum())),
        "sometimes_wrong": claim(int((predicted != labels).any(axis=0).sum())),
        "commonest_true": claim(int(true)),
        "commonest_guess": claim(int(guess)),
        "commonest_count": claim(int(off.max()), n=seeds),
    }


if __name__ == "__main__":
    step.run(main)
