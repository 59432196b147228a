"""Training on N ranks: the same steps as one process on the whole batch, whatever N is.

Every rank holds the model and takes its rows of each batch. The gradient of the whole batch's mean
loss is the sum of all ranks' gradients of *summed* losses, divided by the number of labels in the
whole batch. Averaging the ranks' own means is another number as soon as they hold unequal counts.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
import torch.distributed as dist
from torch import Tensor, nn

from groundwork.data_parallel.buckets import DataParallel, reduce_after
from groundwork.data_parallel.collectives import chunk_slice
from groundwork.data_parallel.digest import all_digests, check_replicas, model_digest
from groundwork.data_parallel.rendezvous import device_here
from groundwork.data_parallel.sharded import AdamWConfig, ZeroOptimizer
from groundwork.data_parallel.tasks import (
    IGNORED,
    Rows,
    StudentConfig,
    Teacher,
    build_student,
    loss_sum,
)

METHODS = ("all_reduce", "buckets", "zero0", "zero1", "zero2", "none")
DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Knobs of a run, none of which depends on the rank.

    `batch` (rows of the whole batch, split among the ranks), `accumulation` (micro-batches in
    which a rank takes its rows), `optimizer` ("sgd" with momentum 0.9, or "adamw"), `method` (how
    gradients meet: the curriculum's `all_reduce`, overlapped `buckets`, sharded `zero0` to
    `zero2`, or `none`, the control that lets ranks drift), `checkpoint` (folder, or empty),
    `checkpoint_every` (steps), `record_every` (steps between the digests that are compared).
    """

    steps: int = 100
    batch: int = 64
    accumulation: int = 1
    learning_rate: float = 0.05
    optimizer: str = "sgd"
    method: str = "all_reduce"
    dtype: str = "float32"
    seed: int = 0
    bucket_bytes: int = 16384
    student: StudentConfig = field(default_factory=StudentConfig)
    checkpoint: str = ""
    checkpoint_every: int = 0
    record_every: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "accumulation"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r} is none of {', '.join(METHODS)}")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype {self.dtype!r} is none of {', '.join(DTYPES)}")
        if self.optimizer not in ("sgd", "adamw"):
            raise ValueError(f"optimizer {self.optimizer!r} is neither sgd nor adamw")
        if self.method.startswith("zero") and self.optimizer != "adamw":
            raise ValueError("the zero methods shard AdamW's states: set optimizer to adamw")
        if self.checkpoint and not self.method.startswith("zero"):
            raise ValueError("a checkpoint is written by the zero methods: set method to zero0")


@dataclass(frozen=True)
class Trained:
    """What a rank says of its run; `digests` has every rank's, by rank, as seen by this one."""

    rank: int
    ranks: int
    losses: list[float]
    digests: list[str]
    weights: dict[str, Tensor]
    seconds: float
    drift: list[tuple[int, float]]
    held: dict[str, int]
    started_at: int = 0


class Trainer:
    """One rank's side of a run: model, rows, optimizer, and the way in which gradients meet."""

    def __init__(self, rank: int, ranks: int, settings: TrainSettings) -> None:
        self.rank, self.ranks, self.settings = rank, ranks, settings
        self.device = device_here()
        if settings.method not in ("all_reduce", "none") and not dist.is_initialized():
            raise ValueError(
                f"method {settings.method} needs ranks that have joined, one rank too: use launch()"
            )
        dtype = DTYPES[settings.dtype]
        self.teacher = Teacher(settings.student, settings.batch, settings.seed, dtype)
        self.model = build_student(settings.student, settings.seed, dtype).to(self.device)
        self.mine = chunk_slice(settings.batch, ranks, rank)
        self.zero: ZeroOptimizer | None = None
        self.parallel: DataParallel | None = None
        self.done = 0
        rate = settings.learning_rate
        if settings.method.startswith("zero"):
            self.zero = ZeroOptimizer(
                self.model,
                AdamWConfig(learning_rate=rate),
                stage=int(settings.method[-1]),
                bucket_bytes=settings.bucket_bytes,
            )
            return
        if settings.method == "buckets":
            self.parallel = DataParallel(self.model, bucket_bytes=settings.bucket_bytes)
        elif dist.is_initialized():
            check_replicas(self.model)
        parameters = self.model.parameters()
        self.optimizer: torch.optim.Optimizer = (
            torch.optim.SGD(parameters, lr=rate, momentum=0.9)
            if settings.optimizer == "sgd"
            else torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0)
        )

    def step(self) -> tuple[Tensor, Tensor]:
        """One update; returns this rank's summed loss before it, in nats, and all ranks' labels."""
        rows = self.teacher.rows(self.done)[self.mine]
        count = self.summed((rows.labels != IGNORED).sum())
        losses = rows.inputs.new_zeros(())
        parts = self.settings.accumulation
        for micro in range(parts):
            part = rows[chunk_slice(len(rows.labels), parts, micro)]
            loss = loss_sum(self.model, self._here(part))
            self._backward(loss, count, last=micro == parts - 1)
            losses += loss.detach()
        if self.zero:
            self.zero.step()
        else:
            self._meet(count())
            self.optimizer.step()
            self.optimizer.zero_grad()
        self.done += 1
        return losses, count()

    def summed(self, value: Tensor) -> Callable[[], Tensor]:
        """The sum over all ranks: under way at once, waited for when the result is called."""
        total = value.clone().to(self.device)
        under_way = [dist.all_reduce(total, async_op=True)] if dist.is_initialized() else []

        def arrived() -> Tensor:
            if under_way and (work := under_way.pop()):
                work.wait()
            return total

        return arrived

    def _here(self, rows: Rows) -> Rows:
        return Rows(*(value.to(self.device) for value in vars(rows).values()))

    def _backward(self, loss: Tensor, count: Callable[[], Tensor], last: bool) -> None:
        if self.zero:
            with nullcontext() if last else self.zero.local():
                self.zero.backward(loss / count(), scale=1.0)
        elif self.parallel:
            with nullcontext() if last else self.parallel.local():
                self.parallel.backward(loss / count(), scale=1.0)
        else:
            loss.backward()

    def _meet(self, count: Tensor) -> None:
        """Sum gradients over the ranks and divide: the curriculum's step, in its own words."""
        if self.parallel:
            return
        if self.settings.method == "none":
            count = count / self.ranks  # a rank's own mean, as it would be with equal counts
        elif dist.is_initialized():
            reduce_after(self.model)
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad /= count


def train(rank: int, world_size: int, settings: TrainSettings) -> Trained:
    """Train on this rank; the ranks must have joined (`launch`, or `join`), unless there is one.

    Raises: `ValueError` where ranks start from different models; `FloatingPointError` where the
    loss is not finite.
    Checked by: tests/data_parallel/test_training.py (equal bits on all ranks; one process on the
    whole batch).
    """
    return run(Trainer(rank, world_size, settings))


def train_all(rank: int, world_size: int, jobs: Sequence[TrainSettings]) -> list[Trained]:
    """Several runs, one after another, in the same processes."""
    return [train(rank, world_size, settings) for settings in jobs]


def run(
    trainer: Trainer,
    *,
    keep: Callable[[Trainer], None] | None = None,
    report: Callable[[int], None] | None = None,
) -> Trained:
    """Train to the end; `keep` is called every `checkpoint_every` steps, `report` after each."""
    settings, shares, drift = trainer.settings, [], []
    started_at, begin = trainer.done, time.perf_counter()
    while trainer.done < settings.steps:
        shares.append(trainer.step())
        if not shares[-1][0].isfinite():
            raise FloatingPointError(f"the loss of step {trainer.done} is {float(shares[-1][0])}")
        if keep and settings.checkpoint_every and trainer.done % settings.checkpoint_every == 0:
            keep(trainer)
        if settings.record_every and trainer.done % settings.record_every == 0:
            drift.append((trainer.done, spread(trainer.model)))
        if report:
            report(trainer.done)
    losses: list[float] = []
    if shares:  # the ranks' losses meet once, at the end: a message a step would only be waited for
        sums, counts = (torch.stack(values) for values in zip(*shares, strict=True))
        losses = (trainer.summed(sums)() / counts).tolist()
    seconds = time.perf_counter() - begin
    own = model_digest(trainer.model)
    return Trained(
        trainer.rank,
        trainer.ranks,
        losses,
        all_digests(own) if dist.is_initialized() else [own],
        {name: value.detach().cpu() for name, value in trainer.model.state_dict().items()},
        seconds,
        drift,
        trainer.zero.held_bytes() if trainer.zero else {},
        started_at,
    )


def spread(model: nn.Module) -> float:
    """The largest distance of a weight from rank 0's, over all weights and ranks; NaN if one is.
    gloo's MAX may lose another rank's NaN."""
    mine = torch.cat([parameter.detach().reshape(-1) for parameter in model.parameters()])
    first = mine.clone()
    dist.broadcast(first, src=0)
    worst = (mine - first).abs().max().double()
    ranks = [torch.empty_like(worst) for _ in range(dist.get_world_size())]
    dist.all_gather(ranks, worst)
    return float(torch.stack(ranks).max())


def largest_difference(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    """The largest difference of two runs' weights, relative to the largest weight."""
    if a.keys() != b.keys():
        raise ValueError("the two runs hold different parameters")
    pairs = [(a[name].double(), b[name].double()) for name in a]
    scale = max(float(y.abs().max()) for _, y in pairs)
    return max(float((x - y).abs().max()) for x, y in pairs) / scale
