"""A small network in NumPy, fully fine-tuned or through low-rank adapters: what LoRA rests on.

Three layers, ReLU between them, softmax cross-entropy, momentum SGD. An adapter adds scale·B·A to
a frozen matrix W, B (out, r) starting at zero and A (r, in) random, and only A and B learn.
Source: Hu et al. 2021, LoRA, section 4.1.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass
class Network:
    """Weights (out, in) and biases (out,) of each layer, float32."""

    weights: list[Floats]
    biases: list[Floats]

    def copy(self) -> "Network":
        return Network([w.copy() for w in self.weights], [b.copy() for b in self.biases])


@dataclass
class Adapter:
    """Factors of one layer's update: up (out, r) starts at zero, down (r, in)."""

    up: Floats
    down: Floats


def initialise(sizes: list[int], rng: np.random.Generator) -> Network:
    """Gaussian weights of variance 2/in (He et al. 2015), zero biases."""
    weights = [
        (rng.standard_normal((out, size)) * np.sqrt(2 / size)).astype(np.float32)
        for size, out in pairwise(sizes)
    ]
    return Network(weights, [np.zeros(out, np.float32) for out in sizes[1:]])


def adapters(network: Network, rank: int, rng: np.random.Generator) -> list[Adapter]:
    """One adapter per layer, of rank at most `rank` and at most what the layer can hold."""
    made = []
    for w in network.weights:
        out, size = w.shape
        r = min(rank, out, size)
        down = (rng.standard_normal((r, size)) / np.sqrt(size)).astype(np.float32)
        made.append(Adapter(np.zeros((out, r), np.float32), down))
    return made


def gradients(
    network: Network, x: Floats, labels: NDArray[np.integer]
) -> tuple[float, list[Floats], list[Floats]]:
    """Mean cross-entropy (nats) and its gradients in weights and biases.

    Shapes: x (b, in), labels (b,).
    Checked by: tests/operators/test_finetune.py, against central differences.
    """
    hidden = [x]
    for w, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
        hidden.append(np.maximum(hidden[-1] @ w.T + b, 0))
    logits = hidden[-1] @ network.weights[-1].T + network.biases[-1]
    logits = logits - logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    picked = np.arange(len(x)), labels
    delta = np.exp(logp)
    delta[picked] -= 1
    delta /= len(x)
    dw: list[Floats] = []
    db: list[Floats] = []
    for i in range(len(network.weights) - 1, -1, -1):
        dw.insert(0, delta.T @ hidden[i])
        db.insert(0, delta.sum(axis=0))
        if i:
            delta = (delta @ network.weights[i]) * (hidden[i] > 0)
    return float(-logp[picked].mean()), dw, db


def train(
    network: Network, x: Floats, labels: NDArray[np.integer], rng: np.random.Generator, *,
    epochs: int, batch: int, rate: float, momentum: float = 0.9, clip: float = 1.0,
    low_rank: list[Adapter] | None = None,
) -> Network:  # fmt: skip
    """A trained copy of `network`; with `low_rank`, its adapters trained and merged instead.

    The rate falls linearly to zero; gradients longer than `clip` are scaled back to it. Under
    adapters the biases stay frozen too.
    """
    network = network.copy()
    frozen = [w.copy() for w in network.weights]
    slots = _slots(network, low_rank)
    speed = [np.zeros_like(slot) for slot in slots]
    steps = epochs * (len(x) // batch)
    for step in range(steps):
        at = step % (len(x) // batch)
        if at == 0:
            order = rng.permutation(len(x))
        chosen = order[at * batch : (at + 1) * batch]
        _, dw, db = gradients(network, x[chosen], labels[chosen])
        wanted = dw + db if low_rank is None else _adapter_gradients(dw, low_rank)
        length = float(np.sqrt(sum(np.vdot(g, g) for g in wanted)))
        pace = rate * (1 - step / steps) * min(1.0, clip / max(length, 1e-30))
        for slot, v, g in zip(slots, speed, wanted, strict=True):
            v *= momentum
            v -= pace * g
            slot += v
        if low_rank is not None:
            for w, old, adapter in zip(network.weights, frozen, low_rank, strict=True):
                w[...] = old + adapter.up @ adapter.down
    return network


def accuracy(network: Network, x: Floats, labels: NDArray[np.integer]) -> float:
    """Share of examples classified right, 0 to 1."""
    for w, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
        x = np.maximum(x @ w.T + b, 0)
    return float(((x @ network.weights[-1].T + network.biases[-1]).argmax(axis=1) == labels).mean())


def _slots(network: Network, low_rank: list[Adapter] | None) -> list[Floats]:
    if low_rank is None:
        return network.weights + network.biases
    return [factor for adapter in low_rank for factor in (adapter.up, adapter.down)]


def _adapter_gradients(dw: list[Floats], low_rank: list[Adapter]) -> list[Floats]:
    wanted = []
    for g, adapter in zip(dw, low_rank, strict=True):
        wanted += [g @ adapter.down.T, adapter.up.T @ g]
    return wanted
