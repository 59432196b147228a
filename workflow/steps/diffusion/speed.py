"""A training step and sampling on the clock; diffusers' own step is recorded beside ours elsewhere."""

import time
from pathlib import Path

import torch
from blocks import prepare

from groundwork.core.claims import claim, measured
from groundwork.core.timing import interleave, summary
from groundwork.diffusion.io import load
from groundwork.diffusion.sampling import ddim_sample
from groundwork.diffusion.training import TrainConfig, Trainer
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The clock."""

    batch: int = knob("Images in a training step.", ge=1)
    repeats: int = knob("Training steps.", ge=2)
    samples: int = knob("Images sampled.", ge=1)
    calls: int = knob("Network calls of a sample.", ge=1)
    sample_batch: int = knob("Images in a call.", ge=1)
    threads: int = knob("PyTorch's threads in training.", ge=1)
    sample_threads: int = knob("Calls side by side in sampling, of one thread each.", ge=1)
    seed: int = knob("Seed of images and noise.", ge=0)


def main(settings: Settings, *, checkpoint: Path) -> step.Claims:
    prepare(settings.threads)
    model = load(checkpoint)
    side = model.config.size
    generator = torch.Generator().manual_seed(settings.seed)
    images = torch.rand(4 * settings.batch, 1, side, side, generator=generator) * 2 - 1
    config = TrainConfig(settings.repeats + 1, batch=settings.batch, warmup=0, ema=0.0)
    trainer = Trainer(model, images, images, config, settings.seed)
    times = interleave({"ours": trainer.step}, repeats=settings.repeats, warmup=1)
    torch.set_num_threads(1)
    shape = (settings.samples, 1, side, side)
    start = time.perf_counter()
    ddim_sample(
        model,
        shape,
        settings.seed,
        calls=settings.calls,
        batch=settings.sample_batch,
        workers=settings.sample_threads,
    )
    seconds = time.perf_counter() - start
    return {
        "step_time": measured(summary(1e3 * s for s in times["ours"]), "ms"),
        "sample_seconds": claim(seconds, "s", n=settings.samples),
        "per_thousand": claim(seconds * 1000 / settings.samples, "s", n=settings.samples),
    }


if __name__ == "__main__":
    step.run(main)
