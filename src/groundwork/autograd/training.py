"""Training a classifier: split, batches, a learning-rate schedule, evaluation. No disk."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from groundwork.autograd.graph import no_grad
from groundwork.autograd.nn import (
    Dropout,
    Linear,
    Module,
    ReLU,
    Sequential,
    cross_entropy,
    evaluating,
)
from groundwork.autograd.optim import SGD, Adam, AdamW, Optimizer
from groundwork.autograd.tensor import as_tensor

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


@dataclass
class Examples:
    """Images (N, D) float32 and labels (N,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: np.ndarray | slice) -> "Examples":
        return Examples(self.images[index], self.labels[index])


@dataclass
class History:
    """Per epoch: mean training loss (nats), validation loss and accuracy (fraction), seconds."""

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def examples(images: np.ndarray, labels: np.ndarray) -> Examples:
    """Bytes 0..255 as rows of float32 with mean and scale of about 0 and 1.

    Shapes: images (N, H, W), labels (N,) -> (N, H·W), (N,).
    """
    rows = images.reshape(len(images), -1).astype(np.float32)  # (N, D)
    rows -= np.float32(0.1307 * 255)  # MNIST's training mean and standard deviation
    rows /= np.float32(0.3081 * 255)
    return Examples(rows, labels.astype(np.int64))


def split(data: Examples, held_out: int, rng: np.random.Generator) -> tuple[Examples, Examples]:
    """Two disjoint random parts: the training examples, and `held_out` to choose by."""
    if not 0 < held_out < len(data):
        raise ValueError(f"cannot hold {held_out} of {len(data)} examples out")
    order = rng.permutation(len(data))
    return data[order[held_out:]], data[order[:held_out]]


def mlp(sizes: list[int], rng: np.random.Generator, dropout: float = 0.0) -> Sequential:
    """Linear layers of the given widths with a ReLU (and dropout, if any) between them."""
    layers: list[Module] = []
    for position, (inputs, outputs) in enumerate(pairwise(sizes)):
        if position:
            layers.append(ReLU())
            if dropout:
                layers.append(Dropout(dropout, rng=rng))
        layers.append(Linear(inputs, outputs, rng=rng))
    return Sequential(*layers)


def batches(data: Examples, size: int, rng: np.random.Generator) -> Iterator[Examples]:
    """Every example once, in random order, in batches of `size` (the last may be smaller)."""
    order = rng.permutation(len(data))
    for start in range(0, len(data), size):
        yield data[order[start : start + size]]


def learning_rate(peak: float, done: float) -> float:
    """Linear warm-up over the first twentieth, then a half cosine to 0; `done` runs from 0 to 1.

    Source: Loshchilov and Hutter, "SGDR", 2017, equation 5 (without restarts).
    """
    warmup = 0.05
    if done < warmup:
        return peak * done / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def train_epoch(model: Module, optimizer: Optimizer, parts: Iterator[Examples]) -> list[float]:
    """One pass over `parts`: the loss of each batch before its update (nats)."""
    losses = []
    for part in parts:
        loss = cross_entropy(model(as_tensor(part.images)), part.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@no_grad()
def logits_of(model: Module, images: np.ndarray, size: int = 1000) -> np.ndarray:
    """The model's outputs in evaluation mode, computed in blocks of rows; its mode stays as it was.

    Shapes: images (N, D) -> (N, C).
    """
    with evaluating(model):
        blocks = [model(as_tensor(images[i : i + size])).data for i in range(0, len(images), size)]
    return np.concatenate(blocks)


def evaluate(model: Module, data: Examples) -> tuple[float, float]:
    """Mean cross-entropy (nats) and accuracy (fraction) on `data`."""
    logits = logits_of(model, data.images)
    loss = cross_entropy(as_tensor(logits), data.labels).item()
    return loss, float((logits.argmax(axis=1) == data.labels).mean())


def fit(
    model: Module,
    optimizer: Optimizer,
    data: Examples,
    validation: Examples,
    *,
    epochs: int,
    batch: int,
    rng: np.random.Generator,
) -> History:
    """Train for `epochs` under the warm-up and cosine schedule, its peak the optimizer's `lr`."""
    history, peak = History(), optimizer.lr
    steps = epochs * math.ceil(len(data) / batch)
    taken = 0

    def scheduled(parts: Iterator[Examples]) -> Iterator[Examples]:
        nonlocal taken
        for part in parts:
            optimizer.lr = learning_rate(peak, (taken + 1) / steps)
            taken += 1
            yield part

    for _ in range(epochs):
        start = time.perf_counter()
        losses = train_epoch(model, optimizer, scheduled(batches(data, batch, rng)))
        history.seconds.append(time.perf_counter() - start)
        loss, accuracy = evaluate(model, validation)
        history.train_loss.append(float(np.mean(losses)))
        history.validation_loss.append(loss)
        history.validation_accuracy.append(accuracy)
    return history
