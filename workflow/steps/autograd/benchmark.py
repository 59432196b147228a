"""Epoch time against PyTorch eager: same model, start, batches and threads, in one run."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from groundwork.autograd import optim
from groundwork.autograd.io import read_idx
from groundwork.autograd.tensor import Tensor
from groundwork.autograd.training import Examples, batches, examples, mlp, train_epoch
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import interleave, ratio
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Epoch time against PyTorch eager."""

    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    examples: int = knob("Training images used, from the first; 60000 are all.", ge=20, le=60000)
    batch: int = knob("Images in a batch.", ge=1)
    threads: list[bounded(int, ge=1)] = knob("Thread counts, each measured in turn.", min_length=1)
    repeats: int = knob("Epochs timed per rival.", ge=1)
    chain: int = knob("Tiny operations in a row.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, images: Path, labels: Path, table: step.Out) -> step.Claims:
    """Ratios of epoch seconds (ours to PyTorch's, with its plain and its fused Adam)."""
    data = examples(read_idx(images), read_idx(labels))[: settings.examples]
    claims: dict[str, Any] = {"loss_difference": claim(_same_work(data, settings))}
    rows = []
    for threads in settings.threads:
        torch.set_num_threads(threads)
        with threadpool_limits(threads):
            samples = interleave(_rivals(data, settings), repeats=settings.repeats)
            tiny = interleave(_chains(settings.chain), repeats=settings.repeats)
        for rival in ("eager", "fused"):
            claims |= _compared(f"{rival}_{threads}", samples["ours"], samples[rival])
        claims |= _compared(f"chain_{threads}", tiny["ours"], tiny["eager"])
        for rival, seconds in samples.items():
            low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
            claims[f"seconds_{rival}_{threads}"] = claim(
                middle, "s", n=len(seconds), spread=(low, high)
            )
            rows += [{"threads": threads, "rival": rival, "seconds": s} for s in seconds]
    write_table(table, rows)
    return claims | {
        "examples": claim(len(data), "", "exact"),
    }


def _compared(name: str, ours: list[float], theirs: list[float]) -> dict[str, Any]:
    """The ratio of times as a claim, and its quartiles as two more for the prose."""
    found = ratio(ours, theirs)
    low, high = (claim(limit, "×", n=found.n) for limit in found.spread)
    whole = claim(found.value, "×", n=found.n, spread=found.spread)
    return {name: whole, f"{name}_low": low, f"{name}_high": high}


def _ours(settings: Settings) -> tuple[Any, Any]:
    model = mlp(settings.sizes, stream(settings.seed, "init"))
    return model, optim.Adam(model.parameters(), lr=1e-3)


def _theirs(settings: Settings, fused: bool) -> tuple[Any, Any]:
    """The same network in PyTorch, from the same initial weights."""
    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip(settings.sizes, settings.sizes[1:], strict=False):
        layers += [torch.nn.ReLU()] * bool(layers) + [torch.nn.Linear(inputs, outputs)]
    model = torch.nn.Sequential(*layers)
    state = _ours(settings)[0].state_dict()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model, torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused or None)


def _torch_epoch(model: Any, optimizer: Any, data: Any, settings: Settings) -> list[float]:
    """PyTorch's eager loop, as its tutorials write it; batches in the order that ours takes."""
    images, labels = data
    order = torch.from_numpy(stream(settings.seed, "batches").permutation(len(labels)))
    losses = []
    for start in range(0, len(labels), settings.batch):
        part = order[start : start + settings.batch]
        loss = torch.nn.functional.cross_entropy(model(images[part]), labels[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _rivals(data: Examples, settings: Settings) -> dict[str, Any]:
    mine, eager, fused = _ours(settings), _theirs(settings, False), _theirs(settings, True)
    shared = torch.from_numpy(data.images), torch.from_numpy(data.labels)

    def ours() -> list[float]:
        return train_epoch(*mine, batches(data, settings.batch, stream(settings.seed, "batches")))

    return {
        "ours": ours,
        "eager": lambda: _torch_epoch(*eager, shared, settings),
        "fused": lambda: _torch_epoch(*fused, shared, settings),
    }


def _same_work(data: Examples, settings: Settings) -> float:
    """Largest difference of the first ten losses: the rivals do the same work (nats, float32)."""
    rivals = _rivals(data[: 10 * settings.batch], settings)
    ours = np.array(rivals["ours"]())
    return max(float(np.abs(ours - rivals[name]()).max()) for name in ("eager", "fused"))


def _chains(length: int) -> dict[str, Any]:
    """Tiny operations in a row: what an engine costs when the arithmetic costs nothing."""

    def run(x: Any) -> None:
        y = x
        for _ in range(length):
            y = y * 0.999
        y.sum().backward()

    return {
        "ours": lambda: run(Tensor(np.ones(4), requires_grad=True)),
        "eager": lambda: run(torch.ones(4, dtype=torch.float64, requires_grad=True)),
    }


if __name__ == "__main__":
    step.run(main)
