"""Oracles that judge a module by its name: an error in units of what is allowed, red above 1."""

import importlib

import torch
import torch.distributed as dist
from torch import nn

from groundwork.data_parallel import AdamWConfig, TrainSettings, tasks
from groundwork.data_parallel.digest import model_digest
from groundwork.data_parallel.tasks import StudentConfig, build_student

SMALL = StudentConfig(features=6, hidden=7, classes=3, unlabelled=0.5)


def judge(rank, ranks, work):
    """Each (oracle, module name): the verdict on this rank; a fault that raises is caught too."""
    return [verdict(rank, ranks, *one) for one in work]


def verdict(rank, ranks, oracle, name):
    try:
        return ORACLES[oracle](rank, ranks, importlib.import_module(name))
    except (ArithmeticError, IndexError, RuntimeError) as problem:
        print(oracle, name, repr(problem))
        return 1e9


def scaled(error, allowed):
    return float(error) / allowed if torch.isfinite(torch.as_tensor(float(error))) else 1e9


def distance(a, b):
    return max(float((x - y).abs().max()) for x, y in zip(a, b, strict=True))


def whole_batch(rank, ranks, module):
    """Momentum SGD on rows of ranks against PyTorch's own on the whole batch."""
    settings = TrainSettings(steps=4, batch=13, dtype="float64", accumulation=2, student=SMALL)
    trainer = module.Trainer(rank, ranks, settings)
    peer = build_student(SMALL, 0, torch.float64)
    optimizer = torch.optim.SGD(peer.parameters(), lr=settings.learning_rate, momentum=0.9)
    for step in range(settings.steps):
        trainer.step()
        rows = trainer.teacher.rows(step)
        optimizer.zero_grad()
        (tasks.loss_sum(peer, rows) / (rows.labels != tasks.IGNORED).sum()).backward()
        optimizer.step()
    return scaled(distance(trainer.model.parameters(), peer.parameters()), 1e-12)


def reduced_after(rank, ranks, module):
    model = nn.Linear(3, 2)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, rank + 1.0)
    module.reduce_after(model)
    total = ranks * (ranks + 1) / 2
    return scaled(max(float((p.grad - total).abs().max()) for p in model.parameters()), 1e-12)


def reduction(name, lengths):
    def oracle(rank, ranks, module):
        worst = 0.0
        for length in lengths:
            x = torch.arange(1.0, length + 1, dtype=torch.float64) * (rank + 1) ** 2
            options = {"segment": 24} if name == "ring_all_reduce" else {}
            getattr(module, name)(x, None, **options)
            total = sum((r + 1) ** 2 for r in range(ranks))
            exact = torch.arange(1.0, length + 1, dtype=torch.float64) * total
            worst = max(worst, float((x - exact).abs().max()))
        return scaled(worst, 1e-9)

    return oracle


def like_ddp(rank, ranks, module):
    """Gradients after an accumulated and a travelling pass, against DistributedDataParallel."""
    model, peer = (build_student(SMALL, 0, torch.float64) for _ in range(2))
    wrapped = nn.parallel.DistributedDataParallel(peer)
    parallel = module.DataParallel(model, bucket_bytes=200)
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(rank), dtype=torch.float64)
    rows = tasks.Rows(x, x, x)
    with parallel.local(), wrapped.no_sync():
        parallel.backward(model(rows).sin().mean())
        wrapped(rows).sin().mean().backward()
    parallel.backward(model(rows).square().mean())
    wrapped(rows).square().mean().backward()
    return scaled(
        distance((p.grad for p in model.parameters()), (p.grad for p in peer.parameters())), 1e-12
    )


def whole_norm(rank, ranks, module):
    """Weights and input gradients of whole-batch normalisation against one `BatchNorm1d`."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(9, 4, generator=generator, dtype=torch.float64)
    peer, norm = nn.BatchNorm1d(4).double(), module.WholeBatchNorm(4).double()
    whole = x.clone().requires_grad_()
    peer(whole).sin().sum().backward()
    mine = slice(rank * 3, rank * 3 + 3)
    part = x[mine].clone().requires_grad_()
    norm(part).sin().sum().backward()
    errors = [distance([part.grad], [whole.grad[mine]])]
    errors.append(distance([norm.running_mean], [peer.running_mean]))
    errors.append(distance([norm.running_variance], [peer.running_var]))
    return scaled(max(errors), 1e-12)


def dropout(rank, ranks, module):
    teacher = module.Teacher(module.StudentConfig(dropout=0.5), 8, 0, torch.float64)
    mine = teacher.rows(3).draws
    first = mine.clone()
    dist.broadcast(first, src=0)
    worst = (mine - first).abs().max()
    dist.all_reduce(worst)
    return scaled(worst, 1e-12)


def stage(number):
    def oracle(rank, ranks, module):
        """Sharded AdamW against torch's on the gradient of all ranks' mean."""
        model, peer = (build_student(SMALL, 0, torch.float64) for _ in range(2))
        zero = module.ZeroOptimizer(model, AdamWConfig(), stage=number, bucket_bytes=300)
        optimizer = torch.optim.AdamW(peer.parameters(), lr=1e-3, weight_decay=0.0)
        for step in range(3):
            generator = torch.Generator().manual_seed(step)
            x = torch.randn(ranks, 5, 6, generator=generator, dtype=torch.float64)
            zero.backward(model(tasks.Rows(x[rank], x[rank], x[rank])).exp().mean())
            zero.step()
            optimizer.zero_grad()
            y = x.flatten(0, 1)
            peer(tasks.Rows(y, y, y)).exp().mean().backward()
            optimizer.step()
        return scaled(distance(model.parameters(), peer.parameters()), 1e-9)

    return oracle


def freed(rank, ranks, module):
    """After a backward pass at stage 2 no parameter holds its gradient."""
    model = build_student(SMALL, 0, torch.float64)
    zero = module.ZeroOptimizer(model, AdamWConfig(), stage=2, bucket_bytes=300)
    x = torch.ones(2, 6, dtype=torch.float64)
    zero.backward(model(tasks.Rows(x, x, x)).exp().mean())
    return 2.0 * sum(p.grad is not None for p in model.parameters())


def replicas(rank, ranks, module):
    """Whether a model that differs on the last rank goes unnoticed."""
    model = build_student(SMALL, rank == ranks - 1, torch.float64)
    module.check_replicas(build_student(SMALL, 0, torch.float64))
    assert model_digest(model)
    try:
        module.check_replicas(model)
    except ValueError:
        return 0.0
    return 2.0


ORACLES = {
    "whole_batch": whole_batch,
    "reduced_after": reduced_after,
    "ring": reduction("ring_all_reduce", range(1, 14)),
    "doubling": reduction("recursive_doubling_all_reduce", (1, 5)),
    "tree": reduction("tree_all_reduce", (1, 5)),
    "like_ddp": like_ddp,
    "whole_norm": whole_norm,
    "dropout": dropout,
    "zero1": stage(1),
    "zero2": stage(2),
    "freed": freed,
    "replicas": replicas,
}
