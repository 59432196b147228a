"""MNIST split once for every step: what trains, what choices are made on, what judges at the end."""

from pathlib import Path

import numpy as np

from groundwork.autograd.io import read_idx
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.diffusion.io import scaled
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The split of the images."""

    train: int = knob("Training images to use; 0 takes all that are not held out.", ge=0)
    held_out: int = knob("Last images of the training file, on which choices are made.", ge=10)
    test: int = knob("Test images to use, 0 takes all.", ge=0)


def main(
    settings: Settings,
    *,
    train_images: Path,
    train_labels: Path,
    test_images: Path,
    test_labels: Path,
    arrays: step.Out,
) -> step.Claims:
    images, labels = read_idx(train_images), read_idx(train_labels)
    tests, test_digits = read_idx(test_images), read_idx(test_labels)
    held = min(settings.held_out, len(images) // 5)  # the stand-in is small
    first = slice(0, settings.train or len(images) - held)
    if first.stop > len(images) - held:
        raise ValueError(
            f"train: {settings.train} images and {held} held out do not fit into {len(images)}"
        )
    parts = {
        "train": (images[first], labels[first]),
        "held_out": (images[-held:], labels[-held:]),
        "test": (tests[: settings.test or None], test_digits[: settings.test or None]),
    }
    flat = {}
    for name, (pixels, digits) in parts.items():
        flat[name], flat[f"{name}_labels"] = pixels, digits
    write_arrays(arrays, flat)
    values = scaled(parts["train"][0]).numpy()
    return {
        **{name: claim(len(pixels), "", "exact") for name, (pixels, _) in parts.items()},
        "mean": claim(float(values.mean(dtype=np.float64)), "", "exact"),
        "mean_square": claim(float(np.square(values, dtype=np.float64).mean()), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
