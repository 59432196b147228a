"""Blocks of settings that several of the room's steps share."""

from typing import Literal

from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Size(step.Settings):
    """Sizes of a network."""

    layers: int = knob("Blocks.", ge=1)
    heads: int = knob("Heads of one block.", ge=1)
    width: int = knob(
        "Channels of the residual stream; twice the number of heads must divide it.", ge=1
    )
    hidden: int = knob("Channels inside the feed-forward block.", ge=1)
    context: int = knob("Tokens seen at once.", ge=1)


class Loop(step.Settings):
    """The optimisation: what a `TrainConfig` holds."""

    iterations: int = knob("Updates.", ge=1)
    batch: int = knob("Windows in a micro-batch.", ge=1)
    accumulation: int = knob("Micro-batches summed into one update.", ge=1)
    learning_rate: float = knob("Peak learning rate.", gt=0)
    floor: float = knob("Last learning rate as a share of the peak.", ge=0, le=1)
    warmup: int = knob("Updates of linear rise; fewer than iterations.", ge=0)
    weight_decay: float = knob("AdamW's decay of matrices, per unit of learning rate.", ge=0)
    beta1: float = knob("AdamW's first decay.", ge=0, lt=1)
    beta2: float = knob("AdamW's second decay.", ge=0, lt=1)
    clip: float = knob("Largest norm of the gradient.", gt=0)
    evaluate_every: int = knob("Updates between evaluations.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where it runs.")
    precision: Literal["float32", "bfloat16"] = knob(
        "Of matrix products in training; weights and sums stay float32."
    )
