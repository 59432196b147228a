"""The classifier that judges samples, trained on real digits."""

from pathlib import Path

import numpy as np
import torch
from blocks import prepare
from safetensors.torch import save_file

from groundwork.core.claims import claim
from groundwork.diffusion.classifier import judge, train_classifier
from groundwork.diffusion.io import scaled
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The classifier that judges samples."""

    channels: int = knob("Channels of its first convolution.", ge=1)
    epochs: int = knob("Passes over the training images.", ge=1)
    batch: int = knob("Images in an update.", ge=1)
    learning_rate: float = knob("Adam's first rate, falling linearly to 0.", gt=0)
    threads: int = knob("PyTorch's threads.", ge=1)
    seed: int = knob("Seed of the weights and the order.", ge=0)


def main(settings: Settings, *, images: Path, checkpoint: step.Out) -> step.Claims:
    prepare(settings.threads)
    with np.load(images) as data:
        train, digits = scaled(data["train"]), torch.from_numpy(data["train_labels"]).long()
        held, answers = scaled(data["held_out"]), torch.from_numpy(data["held_out_labels"]).long()
    for epoch, model in enumerate(
        train_classifier(
            train,
            digits,
            epochs=settings.epochs,
            batch=settings.batch,
            rate=settings.learning_rate,
            seed=settings.seed,
            channels=settings.channels,
        )
    ):
        features, chances = judge(model, held)
        accuracy = float((chances.argmax(1) == answers).float().mean())
        print(f"epoch {epoch + 1}: {accuracy:.4f} of the held-out digits", flush=True)
    save_file(model.state_dict(), checkpoint)
    return {
        "accuracy": claim(100 * accuracy, "%", n=len(answers)),
        "features": claim(features.shape[1], "", "exact"),
        "parameters": claim(sum(p.numel() for p in model.parameters()), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
