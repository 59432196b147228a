"""Blocks of settings that several of the room's steps share."""

from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Adapter(step.Settings):
    """Low-rank adapters."""

    rank: int = knob("Rank of each adapter.", ge=1)
    scale: float = knob("Factor s of W + s · B A.", gt=0)
    upper: int = knob("Last layers that carry adapters; all where there are fewer.", ge=1)


class Loop(step.Settings):
    """The optimisation: AdamW at a rate that rises linearly and then stays."""

    iterations: int = knob("Updates.", ge=1)
    batch: int = knob("Answers (fine-tuning) or pairs (preference) of an update.", ge=1)
    learning_rate: float = knob("AdamW's rate after the rise.", gt=0)
    warmup: int = knob("Updates of linear rise.", ge=0)
    clip: float = knob("Largest norm of the gradient.", gt=0)
