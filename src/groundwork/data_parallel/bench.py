"""What ranks do to be timed: rivals in turn in the same processes, the slowest rank counts."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.optim import ZeroRedundancyOptimizer

from groundwork.data_parallel.buckets import DataParallel, Event
from groundwork.data_parallel.collectives import ALGORITHMS
from groundwork.data_parallel.sharded import AdamWConfig, ZeroOptimizer
from groundwork.transformer.evaluation import next_token_loss
from groundwork.transformer.model import GPT, GPTConfig

Group = dist.ProcessGroup | None
Samples = dict[str, list[float]]


MOST = 10  # times as many rounds as asked for, where they take less than the seconds asked for


def in_turn(
    rivals: Mapping[str, Callable[[], object]],
    repeats: int,
    group: Group = None,
    warmup: int = 1,
    seconds: float = 0.0,
) -> Samples:
    """Wall seconds of each rival, A B C A B C …, all ranks starting together; the slowest rank's.

    Telling each other the slowest time is also what makes them start the next one together.
    At least `repeats` rounds, and more of them, up to `MOST` times as many, until they have taken
    `seconds`. Every rank runs this; every rank gets the same numbers, so all stop together.
    """
    names = list(rivals)
    samples: Samples = {name: [] for name in names}
    dist.barrier(group)
    for round_ in range(warmup + MOST * repeats):
        if round_ - warmup >= repeats and sum(map(sum, samples.values())) >= seconds:
            break
        shift = round_ % len(names)
        for name in names[shift:] + names[:shift]:
            begin = time.perf_counter()
            rivals[name]()
            elapsed = torch.tensor([time.perf_counter() - begin], dtype=torch.float64)
            dist.all_reduce(elapsed, op=dist.ReduceOp.MAX, group=group)
            if round_ >= warmup:
                samples[name].append(float(elapsed))
    return samples


def time_all_reduces(
    rank: int,
    ranks: int,
    worlds: Sequence[int],
    sizes: Sequence[int],
    algorithms: Sequence[str],
    repeats: int,
    seconds: float,
) -> dict[tuple[int, int], Samples]:
    """Samples of each algorithm by (ranks, bytes): the first ranks of the run form each group."""
    found: dict[tuple[int, int], Samples] = {}
    for world in worlds:
        group = dist.new_group(range(world))
        if rank < world:
            for size in sizes:
                rivals = _reductions(algorithms, size, group)
                found[world, size] = in_turn(rivals, repeats, group, seconds=seconds)
        dist.barrier()  # ranks outside wait here, without using a core
    return found


def _reductions(
    algorithms: Sequence[str], size: int, group: Group
) -> dict[str, Callable[[], object]]:
    x = torch.ones(size // 4)
    return {name: partial(_reduce, ALGORITHMS[name], x, group) for name in algorithms}


def _reduce(algorithm: Callable[[Tensor, Group], Tensor], x: Tensor, group: Group) -> None:
    algorithm(x.fill_(1.0), group)


class _Setting:
    """One model a rival, the same weights and the same batch of random tokens for all."""

    def __init__(self, rank: int, sizes: Mapping[str, Any], batch: int) -> None:
        self.config = GPTConfig(**sizes)
        generator = torch.Generator().manual_seed(rank)
        shape = (batch, self.config.context + 1)
        tokens = torch.randint(self.config.vocabulary, shape, generator=generator)
        self.inputs, self.targets = tokens[:, :-1], tokens[:, 1:]

    def model(self) -> GPT:
        torch.manual_seed(0)
        return GPT(self.config)

    def loss(self, model: nn.Module) -> Tensor:
        return next_token_loss(model, self.inputs, self.targets)  # type: ignore[arg-type]


def time_wrappers(
    rank: int, ranks: int, sizes: Mapping[str, Any], batch: int, bucket_bytes: int, repeats: int
) -> dict[str, Any]:
    """Step seconds with our wrapper, without overlap, and with DistributedDataParallel.

    A step is forward, backward, all-reduces and SGD. Beside them the largest difference of
    gradients from DDP's, relative to the largest, and one step's events.
    """
    setting = _Setting(rank, sizes, batch)
    models = {name: setting.model() for name in ("ours", "after", "ddp", "ddp views")}
    ours = {
        "ours": DataParallel(models["ours"], bucket_bytes=bucket_bytes),
        "after": DataParallel(models["after"], bucket_bytes=bucket_bytes, overlap=False),
    }
    cap = bucket_bytes / 2**20
    ddp = {
        name: nn.parallel.DistributedDataParallel(
            models[name], bucket_cap_mb=cap, gradient_as_bucket_view=name == "ddp views"
        )
        for name in ("ddp", "ddp views")
    }
    optimizers = {n: torch.optim.SGD(m.parameters(), lr=0.01) for n, m in models.items()}

    def step(name: str) -> None:
        optimizers[name].zero_grad()
        if name in ours:
            ours[name].backward(setting.loss(models[name]))
        else:
            setting.loss(ddp[name]).backward()
        optimizers[name].step()

    samples = in_turn({name: partial(step, name) for name in models}, repeats, warmup=2)
    errors = [
        float((a.grad - b.grad).abs().max() / b.grad.abs().max())
        for a, b in zip(models["ours"].parameters(), models["ddp"].parameters(), strict=True)
        if a.grad is not None and b.grad is not None
    ]
    events = _record_step(setting, models["ours"], ours["ours"])
    buckets = [(b.stop - b.start) * 4 for b in ours["ours"].buckets]
    return {"samples": samples, "error": max(errors), "events": events, "buckets": buckets}


def _record_step(setting: _Setting, model: GPT, parallel: DataParallel) -> list[Event]:
    """The events of one step: forward, backward, each bucket's transfer, waiting for the rest."""
    for parameter in model.parameters():
        parameter.grad = None
    parallel.record = True
    parallel.events.clear()
    dist.barrier()
    begin = time.perf_counter()
    loss = setting.loss(model)
    parallel.events.append(Event("forward", begin, time.perf_counter()))
    parallel.backward(loss)
    return list(parallel.events)


def time_sharded(
    rank: int, ranks: int, sizes: Mapping[str, Any], batch: int, bucket_bytes: int, repeats: int
) -> dict[str, Any]:
    """Step seconds of each stage and of DDP with torch's ZeroRedundancyOptimizer; bytes held."""
    setting = _Setting(rank, sizes, batch)
    zeros = {
        f"stage {stage}": ZeroOptimizer(
            setting.model(), AdamWConfig(), stage=stage, bucket_bytes=bucket_bytes
        )
        for stage in (0, 1, 2)
    }
    peer = nn.parallel.DistributedDataParallel(setting.model(), bucket_cap_mb=bucket_bytes / 2**20)
    optimizer = ZeroRedundancyOptimizer(
        peer.parameters(), torch.optim.AdamW, lr=1e-3, weight_decay=0.0, fused=True
    )

    def ours(name: str) -> None:
        zeros[name].backward(setting.loss(zeros[name].module))
        zeros[name].step()

    def theirs() -> None:
        optimizer.zero_grad()
        setting.loss(peer).backward()
        optimizer.step()

    rivals: dict[str, Callable[[], object]] = {n: partial(ours, n) for n in zeros}
    rivals["torch"] = theirs
    samples = in_turn(rivals, repeats, warmup=2)
    held = {name: zero.held_bytes() for name, zero in zeros.items()}
    most = zeros["stage 2"].most_gradient_bytes
    return {"samples": samples, "held": held, "most": most, "parameters": zeros["stage 0"].count}
