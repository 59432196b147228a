"""The engine against its oracles: PyTorch in float64, central differences, a long chain."""

import gc
import time
import tracemalloc

import numpy as np
import torch

from groundwork.autograd import optim
from groundwork.autograd.oracle import CASES, central, compare
from groundwork.autograd.tensor import Tensor
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The engine against PyTorch in float64, central differences, and a long chain."""

    cases: int = knob("Random cases per operation.", ge=1)
    central_cases: int = knob("Cases per operation tried by central differences.", ge=1)
    optimizer_steps: int = knob("Steps in which each optimizer is compared.", ge=1)
    chain: int = knob("Operations in a row.", ge=40, multiple_of=2)
    memory_entries: int = knob("float64 entries of the leaf whose pass is weighed.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    """Errors of every operation (into `table`), of the optimizers, of a chain; memory released."""
    rows = [_operation(name, settings) for name in CASES]
    write_table(table, rows)
    total, oracle = len(rows) * settings.cases, "exact"
    worst = {
        key: max(row[key] for row in rows) for key in ("value", "gradient", "second", "central")
    }
    seconds, error = _chain(settings.chain)
    kept, peak = _memory(settings.memory_entries)
    return {
        "operations": claim(len(rows), "", oracle),
        "cases": claim(total, "", oracle),
        "value_error": claim(worst["value"], n=total),
        "gradient_error": claim(worst["gradient"], n=total),
        "second_error": claim(worst["second"], n=total),
        "central_error": claim(worst["central"], n=len(rows) * settings.central_cases),
        "adam_error": claim(
            _optimizer(optim.Adam, torch.optim.Adam, settings), n=settings.optimizer_steps
        ),
        "adamw_error": claim(
            _optimizer(optim.AdamW, torch.optim.AdamW, settings), n=settings.optimizer_steps
        ),
        "chain_seconds": claim(seconds, "s"),
        "chain_error": claim(error),
        "memory_peak": claim(peak / 1e6, "MB"),
        "memory_kept": claim(kept / 1e6, "MB"),
    }


def _operation(name: str, settings: Settings) -> dict:
    errors = [
        compare(CASES[name](stream(settings.seed, "oracle", name, i)))
        for i in range(settings.cases)
    ]
    differences = []
    attempt = 0
    while len(differences) < settings.central_cases:
        pair = CASES[name](stream(settings.seed, "central", name, attempt))
        attempt += 1
        if name == "max" and any(len(np.unique(x)) < x.size for x in pair[2]):
            continue  # no derivative where entries tie
        differences.append(central(pair))
    return {
        "operation": name,
        "cases": settings.cases,
        "value": max(e.value for e in errors),
        "gradient": max(e.gradient for e in errors),
        "second": max(e.second for e in errors),
        "central": max(differences),
    }


def _optimizer(ours: type, theirs: type, settings: Settings) -> float:
    """Largest difference of a parameter over all steps, float64, gradients over six decades."""
    rng = stream(settings.seed, "optimizer", ours.__name__)
    start = rng.normal(size=(40, 30))
    mine = Tensor(start, requires_grad=True)
    twin = torch.tensor(start, requires_grad=True)
    a, b = ours([mine], lr=1e-2, weight_decay=0.1), theirs([twin], lr=1e-2, weight_decay=0.1)
    worst = 0.0
    for _ in range(settings.optimizer_steps):
        gradient = rng.normal(size=start.shape) * 10.0 ** rng.integers(-3, 3, size=start.shape)
        mine.grad, twin.grad = Tensor(gradient), torch.tensor(gradient)
        a.step()
        b.step()
        worst = max(worst, float(np.abs(mine.data - twin.detach().numpy()).max()))
    return worst


def _chain(length: int) -> tuple[float, float]:
    """Seconds, and the error of the gradient, of `length` operations y ← c·y and y ← y + 1: dy/dx = ∏c."""
    x = Tensor(np.ones(3), requires_grad=True)
    start = time.perf_counter()
    y = x
    for position in range(length // 2):
        y = y * (0.5 if position < 20 else 1.0) + 1.0
    y.sum().backward()
    assert x.grad is not None
    return time.perf_counter() - start, float(np.abs(x.grad.data / 0.5**20 - 1).max())


def _memory(entries: int) -> tuple[int, int]:
    """Bytes still held after a forward and backward pass, and the most held during it."""
    x = Tensor(np.ones(entries), requires_grad=True)
    gc.collect()
    gc.disable()  # reference counts alone must do
    tracemalloc.start()
    y = x
    for _ in range(20):
        y = (y * 1.01).tanh()
    loss = y.sum()
    del y
    loss.backward()
    x.grad = None
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    return kept, peak


if __name__ == "__main__":
    step.run(main)
