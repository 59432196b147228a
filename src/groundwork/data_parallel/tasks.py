"""What the ranks train on: a student network that learns a random teacher's answers.

A batch is a function of the seed and of the step, never of the rank: every rank can name the whole
batch and takes its own rows. So are dropout's draws, one a row of the whole batch. Two of the
three things that make ranks differ, data order and dropout, are ruled out that way; the third,
batch normalisation, needs statistics of the whole batch (`WholeBatchNorm`).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.distributed as dist
from torch import Tensor, nn

from groundwork.core.seeds import stream

IGNORED = -100  # the label of an example that has none, as in `cross_entropy`


@dataclass(frozen=True)
class Rows:
    """A batch, or a rank's rows of it: inputs (B, F), labels (B,), dropout's draws (B, H)."""

    inputs: Tensor
    labels: Tensor
    draws: Tensor

    def __getitem__(self, rows: slice) -> "Rows":
        return Rows(self.inputs[rows], self.labels[rows], self.draws[rows])


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """Sizes of the student: inputs, hidden units, classes; dropout; `norm` none, local or whole.

    `unlabelled` is the share of examples without a label: ranks then hold unequal numbers of
    terms of the loss, even where they hold equal numbers of examples.
    """

    features: int = 32
    hidden: int = 64
    layers: int = 2
    classes: int = 10
    dropout: float = 0.0
    norm: str = "none"
    unlabelled: float = 0.0

    def __post_init__(self) -> None:
        if min(self.features, self.hidden, self.layers, self.classes) < 1:
            raise ValueError("features, hidden, layers and classes must be at least 1")
        if self.norm not in ("none", "local", "whole"):
            raise ValueError(f"norm {self.norm!r} is none of none, local, whole")
        if not 0 <= self.dropout < 1 or not 0 <= self.unlabelled < 1:
            raise ValueError("dropout and unlabelled must lie in [0, 1)")


class Student(nn.Module):
    """A multilayer perceptron whose dropout takes its draws from the batch."""

    def __init__(self, config: StudentConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        widths = [config.features] + [config.hidden] * config.layers
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        kinds = {"none": nn.Identity, "local": nn.BatchNorm1d, "whole": WholeBatchNorm}
        self.norms = nn.ModuleList(kinds[config.norm](config.hidden) for _ in self.layers)
        self.head = nn.Linear(config.hidden, config.classes)

    def forward(self, rows: Rows) -> Tensor:
        x = rows.inputs  # (B, F)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = torch.relu(norm(layer(x)))  # (B, H)
        if self.dropout:
            x = x * (rows.draws >= self.dropout) / (1 - self.dropout)
        return self.head(x)  # (B, classes)


class Teacher:
    """Batches of a run: Gaussian inputs, the answers of a fixed random network."""

    def __init__(self, config: StudentConfig, batch: int, seed: int, dtype: torch.dtype) -> None:
        self.config, self.batch, self.seed, self.dtype = config, batch, seed, dtype
        rng = stream(seed, "teacher")
        shapes = ((config.features, 2 * config.hidden), (2 * config.hidden, config.classes))
        self.maps = [torch.from_numpy(rng.normal(size=shape)) for shape in shapes]

    def rows(self, step: int) -> Rows:
        """The whole batch of a step."""
        rng = stream(self.seed, "batch", step)
        inputs = torch.from_numpy(rng.normal(size=(self.batch, self.config.features)))
        labels = (torch.relu(inputs @ self.maps[0]) @ self.maps[1]).argmax(dim=1)
        labels[torch.from_numpy(rng.random(self.batch) < self.config.unlabelled)] = IGNORED
        draws = torch.from_numpy(rng.random((self.batch, self.config.hidden)))
        return Rows(inputs.to(self.dtype), labels, draws)


def build_student(config: StudentConfig, seed: int, dtype: torch.dtype) -> Student:
    """The same student on every rank: its weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Student(config).to(dtype)


def loss_sum(model: nn.Module, rows: Rows) -> Tensor:
    """The sum, not the mean, of the losses of the labelled rows, in nats."""
    logits = model(rows)
    return nn.functional.cross_entropy(logits, rows.labels, ignore_index=IGNORED, reduction="sum")


class _SumOverRanks(torch.autograd.Function):
    """The sum over all ranks; its gradient is the sum of all ranks' gradients."""

    @staticmethod
    def forward(_: object, x: Tensor) -> Tensor:
        total = x.clone()
        if dist.is_initialized():
            dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_: object, gradient: Tensor) -> Tensor:  # type: ignore[override]
        total = gradient.clone()
        if dist.is_initialized():
            dist.all_reduce(total)
        return total


class WholeBatchNorm(nn.Module):
    """Batch normalisation whose mean and variance are those of all ranks' rows together.

    A local `BatchNorm1d` differentiates another function (each rank's rows normalised among
    themselves), and its running statistics differ from rank to rank.
    Shapes: (B, H) to the same, B this rank's rows.
    Checked by: tests/data_parallel/test_training.py (one process on the whole batch).
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, width: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_variance", torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            count = _SumOverRanks.apply(x.new_full((1,), len(x)))
            mean = _SumOverRanks.apply(x.sum(dim=0)) / count  # (H,)
            variance = _SumOverRanks.apply((x - mean).square().sum(dim=0)) / count
            with torch.no_grad():
                unbiased = variance * count / (count - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_variance.lerp_(unbiased, self.momentum)
        else:
            mean, variance = self.running_mean, self.running_variance
        return (x - mean) * torch.rsqrt(variance + self.epsilon) * self.weight + self.bias
