"""What the ranks of the tests do: functions that a rank's process can import."""

import os
import signal
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from groundwork.data_parallel import DataParallel, ring_all_reduce
from groundwork.data_parallel.collectives import ALGORITHMS
from groundwork.data_parallel.digest import check_replicas, digest
from groundwork.data_parallel.tasks import StudentConfig, build_student


def segmented(rank, ranks, length, segment):
    """Errors of the ring with messages of `segment` bytes."""
    x = torch.arange(length, dtype=torch.float64) * (rank + 1)
    ring_all_reduce(x, segment=segment)
    return float((x - torch.arange(length) * ranks * (ranks + 1) / 2).abs().max())


def in_subgroup(rank, ranks):
    """The last two ranks reduce among themselves."""
    group = dist.new_group([ranks - 2, ranks - 1])
    x = torch.full((5,), float(rank))
    if rank >= ranks - 2:
        for reduce in ALGORITHMS.values():
            reduce(x.fill_(rank), group)
            assert (x == 2 * ranks - 3).all()
    return x


def refused(rank, ranks):
    """Messages of what an all-reduce refuses."""
    words = []
    for bad in (torch.zeros(4, 4).T, torch.zeros(3, dtype=torch.int64)):
        for name in ("ring", "doubling", "tree", "direct"):
            try:
                ALGORITHMS[name](bad, None)
            except ValueError as problem:
                words.append(str(problem))
    return words


def gradients(rank, ranks, bucket_bytes):
    """Gradients of one backward pass: ours, and DistributedDataParallel's."""
    model = build_student(StudentConfig(), 0, torch.float32)
    model.unused = nn.Linear(3, 3)  # never gets a gradient
    nn.init.ones_(model.unused.weight), nn.init.ones_(model.unused.bias)
    peer = build_student(StudentConfig(), 0, torch.float32)
    x = torch.randn(8, 32, generator=torch.Generator().manual_seed(rank))
    rows = type("Rows", (), {"inputs": x, "draws": None})()
    wrapped = nn.parallel.DistributedDataParallel(peer, bucket_cap_mb=bucket_bytes / 2**20)
    parallel = DataParallel(model, bucket_bytes=bucket_bytes, record=True)
    with parallel.local():
        parallel.backward(model(rows).square().mean())
    with wrapped.no_sync():
        wrapped(rows).square().mean().backward()
    parallel.backward(model(rows).sin().mean())
    wrapped(rows).sin().mean().backward()
    pairs = zip(peer.parameters(), model.parameters(), strict=False)
    equal = all(torch.equal(a.grad, b.grad) for a, b in pairs)
    zero = float(model.unused.weight.grad.abs().max())
    events = [e.name for e in parallel.events]
    try:
        parallel.backward(model(rows).sin().mean())
        stale = ""
    except RuntimeError as problem:
        stale = str(problem)
        dist.barrier()
    return equal, zero, stale, events, len(parallel.buckets)


# --- Ranks that fail ------------------------------------------------------------------------


def note(folder, rank):
    """Leave this process's id, so that the test can see that it has gone."""
    Path(folder, f"{rank}.pid").write_text(str(os.getpid()))


def fail(rank, ranks, folder, how):
    note(folder, rank)
    x = torch.ones(1000)
    dist.all_reduce(x)
    Path(folder, "failing").touch()
    if rank == 1:
        if how == "raise":
            raise ArithmeticError("the second rank cannot go on")
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit":
            os._exit(3)
    if how == "model":
        check_replicas(build_student(StudentConfig(), rank // 2, torch.float32))
    dist.all_reduce(x)
    time.sleep(600)


def forever(rank, ranks, folder):
    note(folder, rank)
    time.sleep(600)


# --- Sharded runs ---------------------------------------------------------------------------


def held(rank, ranks_, sizes, mixed):
    """For each stage: bytes held, the most gradient bytes during a backward pass, parameters."""
    from groundwork.data_parallel import AdamWConfig, ZeroOptimizer

    found = {}
    for stage in (0, 1, 2):
        torch.manual_seed(0)
        model = nn.Sequential(*(nn.Linear(n, n, bias=False) for n in sizes))
        precision = "mixed" if mixed else "same"
        zero = ZeroOptimizer(
            model, AdamWConfig(), stage=stage, precision=precision, bucket_bytes=1000
        )
        x = torch.randn(4, sizes[0], dtype=torch.bfloat16 if mixed else torch.float32)
        for _ in range(2):
            zero.backward(model(x).float().square().mean())
            zero.step()
        found[stage] = (zero.held_bytes(), zero.most_gradient_bytes, digest(model.parameters()))
    return found


def sharded_like_torch(rank, ranks_, steps):
    """Largest difference of weights after training with torch's own sharded AdamW and with ours."""
    from torch.distributed.optim import ZeroRedundancyOptimizer

    from groundwork.data_parallel import AdamWConfig, ZeroOptimizer

    model, peer = (build_student(StudentConfig(), 0, torch.float64) for _ in range(2))
    zero = ZeroOptimizer(model, AdamWConfig(), stage=1)
    wrapped = nn.parallel.DistributedDataParallel(peer)
    optimizer = ZeroRedundancyOptimizer(
        wrapped.parameters(), torch.optim.AdamW, lr=1e-3, weight_decay=0.0
    )
    for step in range(steps):
        generator = torch.Generator().manual_seed(100 * step + rank)
        x = torch.randn(8, 32, generator=generator, dtype=torch.float64)
        rows = type("Rows", (), {"inputs": x, "draws": None})()
        zero.backward(model(rows).square().mean())
        zero.step()
        optimizer.zero_grad()
        wrapped(rows).square().mean().backward()
        optimizer.step()
    return max(
        float((a - b).abs().max())
        for a, b in zip(model.parameters(), peer.parameters(), strict=True)
    )


def die_at(rank, ranks_, settings, step):
    """Train with checkpoints; every rank is killed before it begins `step`."""
    from groundwork.data_parallel import io
    from groundwork.data_parallel.training import Trainer, run

    trainer = Trainer(rank, ranks_, settings)

    def report(done):
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    io.load_checkpoint(trainer)
    return run(trainer, keep=io.save_checkpoint, report=report)
