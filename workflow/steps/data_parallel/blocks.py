"""Blocks of settings that several steps of the room share."""

from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Student(step.Settings):
    """Sizes of the network that the ranks train"""

    features: int = knob("inputs", ge=1)
    hidden: int = knob("units of a hidden layer", ge=1)
    layers: int = knob("hidden layers", ge=1)
    classes: int = knob("answers of the teacher", ge=2)


class Network(step.Settings):
    """Sizes of the transformer whose steps are timed"""

    vocabulary: int = knob("tokens known", ge=2)
    context: int = knob("tokens of a sequence", ge=2)
    layers: int = knob("blocks", ge=1)
    heads: int = knob("attention heads of a block", ge=1)
    width: int = knob("channels", ge=2, multiple_of=2)
    hidden: int = knob("channels inside the feed-forward block", ge=1)
