"""Where an epoch's time goes, by operation and direction, and how much memory a step takes."""

import statistics
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from groundwork.autograd import optim
from groundwork.autograd.functions import trace
from groundwork.autograd.io import read_idx
from groundwork.autograd.nn import cross_entropy
from groundwork.autograd.tensor import as_tensor
from groundwork.autograd.training import Examples, batches, examples, mlp, train_epoch
from groundwork.core.claims import claim, measured
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import summary
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

ENGINE = "the engine itself"  # what no part accounts for


class Settings(step.Settings):
    """Where an epoch's time goes, and the memory of a step."""

    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    examples: int = knob("Training images used, from the first; 60000 are all.", ge=20, le=60000)
    batch: int = knob("Images in a batch.", ge=1)
    epochs: int = knob("Passes over the training images.", ge=1)
    threads: int = knob("Threads of BLAS (and of PyTorch).", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, images: Path, labels: Path, table: step.Out) -> step.Claims:
    """Seconds by part (into `table`); peak bytes of a training step, ours and PyTorch's."""
    data = examples(read_idx(images), read_idx(labels))[: settings.examples]
    torch.set_num_threads(settings.threads)
    with threadpool_limits(settings.threads):
        epochs = _profile(data, settings)
    percents = [{n: 100 * s / sum(epoch.values()) for n, s in epoch.items()} for epoch in epochs]
    shares = {name: summary(found[name] for found in percents) for name in percents[0]}
    names = sorted(shares, key=lambda name: (name == ENGINE, -shares[name].value))
    seconds = {name: statistics.median(epoch[name] for epoch in epochs) for name in names}
    rows = [(name, seconds[name], shares[name].value) for name in names]
    write_table(table, rows, ["part", "seconds", "percent"])
    products = summary(sum(v for n, v in found.items() if "linear" in n) for found in percents)
    ours, theirs = _memory(data[: settings.batch], settings), _torch_memory(settings)
    return {
        "products": measured(products, "%"),
        "optimizer": measured(shares["optimizer step"], "%"),
        "batches": measured(shares["taking batches"], "%"),
        "engine": measured(shares[ENGINE], "%"),
        "memory_ours": claim(ours / 1e6, "MB"),
        "memory_torch": claim(theirs / 1e6, "MB"),
        "memory_ratio": claim(round(ours / theirs, 3), "×"),
    }


def _profile(data: Examples, settings: Settings) -> list[dict[str, float]]:
    """Seconds of each epoch's parts: each operation, the optimizer, the batches, and the rest."""
    model = mlp(settings.sizes, stream(settings.seed, "init"))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    train_epoch(model, optimizer, batches(data, settings.batch, stream(settings.seed, "warm")))
    spent: dict[str, float] = {}
    update = optimizer.step

    def timed_step() -> None:
        start = time.perf_counter()
        update()
        spent["optimizer step"] += time.perf_counter() - start

    def timed(parts: Any) -> Any:
        while True:
            start = time.perf_counter()
            part = next(parts, None)
            spent["taking batches"] += time.perf_counter() - start
            if part is None:
                return
            yield part

    optimizer.step = timed_step  # type: ignore[method-assign]
    epochs = []
    for epoch in range(settings.epochs):
        spent |= {"optimizer step": 0.0, "taking batches": 0.0}
        order = stream(settings.seed, "batches", epoch)
        with trace(keep=False) as tape:
            start = time.perf_counter()
            train_epoch(model, optimizer, timed(batches(data, settings.batch, order)))
            total = time.perf_counter() - start
        parts = {f"{name}, {direction}": s for (direction, name), s in tape.spent.items()} | spent
        epochs.append({**parts, ENGINE: total - sum(parts.values())})
    return epochs


def _memory(part: Examples, settings: Settings) -> int:
    """Peak bytes allocated during one training step, beyond parameters, moments and the batch."""
    model = mlp(settings.sizes, stream(settings.seed, "init"))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    peak = 0
    for _ in range(2):  # the second step starts with nothing left over from the first
        optimizer.zero_grad()
        tracemalloc.start()
        cross_entropy(model(as_tensor(part.images)), part.labels).backward()
        optimizer.step()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def _torch_memory(settings: Settings) -> int:
    """The same of PyTorch, from the allocations its profiler records."""
    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip(settings.sizes, settings.sizes[1:], strict=False):
        layers += [torch.nn.ReLU()] * bool(layers) + [torch.nn.Linear(inputs, outputs)]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rng = stream(settings.seed, "batch")
    images = torch.from_numpy(
        rng.normal(size=(settings.batch, settings.sizes[0])).astype(np.float32)
    )
    labels = torch.from_numpy(rng.integers(0, settings.sizes[-1], size=settings.batch))
    peak = 0
    for _ in range(2):
        optimizer.zero_grad()
        with torch.profiler.profile(profile_memory=True) as profiler:
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        held = peak = 0
        for event in profiler.profiler.kineto_results.events():
            if event.name() == "[memory]":
                held += event.nbytes()
                peak = max(peak, held)
    return peak


if __name__ == "__main__":
    step.run(main)
