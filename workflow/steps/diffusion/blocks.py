"""Blocks of settings that several steps of this room share, and the objects that they describe."""

from typing import Any, Literal

import torch

from groundwork.core.memory import keep_freed
from groundwork.diffusion.model import UNetConfig
from groundwork.diffusion.schedule import ScheduleConfig
from groundwork.diffusion.training import TrainConfig
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Noise(step.Settings):
    """The schedule of variances."""

    steps: int = knob("T, noising steps.", ge=2)
    kind: Literal["linear", "cosine"] = knob("Linear β (the paper's) or cosine ᾱ.")
    beta_start: float = knob("β_1 of a linear schedule.", gt=0, lt=1)
    beta_end: float = knob("β_T of a linear schedule.", gt=0, lt=1)


class Network(step.Settings):
    """Sizes of the U-Net."""

    channels: list[bounded(int, ge=1)] = knob(
        "Channels at each resolution, every one half the side of the one before.", min_length=1
    )
    group: int = knob("Channels of a GroupNorm group; divides every count of channels.", ge=1)
    heads: int = knob("Heads of the attention at the smallest resolution.", ge=1)
    time: int = knob("Features of the time step.", ge=2, multiple_of=2)


class Loop(step.Settings):
    """The optimisation."""

    iterations: int = knob("Updates, cool-down included.", ge=1)
    batch: int = knob("Images in an update.", ge=1)
    learning_rate: float = knob("AdamW's rate on the plateau.", gt=0)
    kernel_rate: float = knob(
        "Muon's, of the kernels of all but the first and last convolution; 0 leaves them to AdamW.",
        ge=0,
    )
    warmup: int = knob("Updates of linear rise.", ge=0)
    cooldown: int = knob("Last updates, over which the rate falls linearly to 0.", ge=0)
    clip: float = knob("Largest norm of the gradient.", gt=0)
    ema: float = knob("Decay of the averaged weights.", ge=0, lt=1)
    evaluate_every: int = knob("Updates between evaluations.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where it runs.")


def prepare(threads: int) -> None:
    """PyTorch's threads, and a process that keeps its memory: a sixth of the time of sampling."""
    torch.set_num_threads(threads)
    keep_freed()


def network(model: Network, noise: Noise, size: int, **other: Any) -> UNetConfig:
    """The library's configuration of a network."""
    sizes = {**dict(model), "channels": tuple(model.channels)}
    return UNetConfig(size=size, schedule=ScheduleConfig(**dict(noise)), **sizes, **other)


def loop(settings: Loop, **other: Any) -> TrainConfig:
    """The library's configuration of a run."""
    return TrainConfig(**{**dict(settings), **other})
