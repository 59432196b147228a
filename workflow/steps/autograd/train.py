"""The three-layer MLP trained on MNIST with one seed, tested once, at the end."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from groundwork.autograd.io import read_idx
from groundwork.autograd.training import OPTIMIZERS, Examples, examples, fit, logits_of, mlp, split
from groundwork.core.claims import claim
from groundwork.core.files import read_table, write_arrays
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The three-layer MLP on MNIST, one run per seed."""

    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    examples: int = knob("Training images used, from the first; 60000 are all.", ge=20, le=60000)
    held_out: int = knob("Of these, images that are not trained on but chosen by.", ge=10)
    epochs: int = knob("Passes over the training images.", ge=1)
    batch: int = knob("Images in a batch.", ge=1)
    threads: int = knob("Threads of BLAS (and of PyTorch).", ge=1)
    seeds: list[bounded(int, ge=0)] = knob(
        "Seeds, one run each (split, initial weights, order of batches).", min_length=1, unique=True
    )


def main(
    settings: Settings,
    *,
    images: Path,
    labels: Path,
    test_images: Path,
    test_labels: Path,
    choice: Path,
    arrays: step.Out,
) -> step.Claims:
    """Learning curves and the test images' logits, with the choice made on validation images."""
    (seed,) = settings.seeds
    best = read_table(choice)[0]
    data = examples(read_idx(images), read_idx(labels))[: settings.examples]
    training, validation = split(data, settings.held_out, stream(seed, "split"))
    model = mlp(settings.sizes, stream(seed, "init"), float(best["dropout"]))
    extra = {"momentum": 0.9} if best["optimizer"] == "sgd" else {}
    optimizer = OPTIMIZERS[best["optimizer"]](
        model.parameters(), lr=float(best["learning_rate"]), **extra
    )
    with threadpool_limits(settings.threads):
        history = fit(
            model,
            optimizer,
            training,
            validation,
            epochs=settings.epochs,
            batch=settings.batch,
            rng=stream(seed, "batches"),
        )
        test: Examples = examples(read_idx(test_images), read_idx(test_labels))
        logits = logits_of(model, test.images)
    write_arrays(
        arrays,
        {
            "logits": logits,
            "train_loss": np.array(history.train_loss),
            "validation_loss": np.array(history.validation_loss),
            "validation_accuracy": np.array(history.validation_accuracy),
        },
    )
    accuracy = float((logits.argmax(axis=1) == test.labels).mean())
    return {"test_accuracy": claim(100 * accuracy, "%", n=len(test))}


if __name__ == "__main__":
    step.run(main)
