"""What the frozen reference costs: four ways to hold it, each measured in a process of its own.

Axis letters: R rows of a matrix, C its columns, K blocks of 32 numbers.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundwork.alignment import lora, tuning
from groundwork.alignment.chat import Rows
from groundwork.alignment.dpo import dpo_loss, sequence_log_probs
from groundwork.alignment.gguf import FORMATS, GGUF, encode_q8_0
from groundwork.alignment.io import (
    is_gguf,
    open_adapters,
    open_base,
    open_log_probs,
    open_model,
    pair_rows,
    peak_memory,
    read_pairs,
)
from groundwork.alignment.model import Llama
from groundwork.alignment.pretrained import PARTS

STRATEGIES = ("two_networks", "computed_once", "adapter_off", "quantised")


@dataclass(frozen=True)
class Job:
    """What one process is to do."""

    strategy: str
    weights: list[Path]
    base: Path
    pairs: Path
    reference: Path
    updates: int
    batch: int
    beta: float
    learning_rate: float
    rank: int
    scale: float
    upper: int
    context: int
    seed: int
    threads: int


@dataclass(frozen=True)
class Cost:
    """Peak memory of the process (bytes), before any network was read and in all; seconds of an
    update (median); the loss after each; what the strategy's reference adds (bytes, predicted).
    """

    before: int
    peak: int
    seconds: float
    losses: list[float]
    predicted: int


class Packed(nn.Module):
    """A matrix kept as blocks of 4 or 8 bits, unpacked anew for every product.

    The adapters of the fine-tuning stay beside it, since they cannot be added to packed numbers.
    """

    def __init__(
        self, raw: np.ndarray, kind: int, shape: tuple[int, ...], a: Tensor | None, b: Tensor | None
    ) -> None:
        super().__init__()
        self.raw, self.kind, self.shape, self.a, self.b = raw, kind, shape, a, b

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (…, C) to (…, R)."""
        _, size, _, decode = FORMATS[self.kind]
        weight = torch.from_numpy(decode(np.array(self.raw).reshape(-1, size)).reshape(self.shape))
        y = F.linear(x, weight)
        return y if self.a is None or self.b is None else y + F.linear(F.linear(x, self.a), self.b)


def packed_reference(policy: Llama, paths: Sequence[Path], base: Path) -> tuple[Llama, int]:
    """The reference with packed matrices, and its bytes; embedding and gains are the policy's own.

    A GGUF file is used as it lies on disk, so the reference is exactly the policy's starting point.
    Room 4.2's network is packed here to 8 bits, which changes it a little.
    """
    adapters = open_adapters(base)["base"]
    file = next((GGUF(path) for path in paths if is_gguf(path)), None)
    plain = None if file is not None else lora.matrices(open_model(paths, policy.config.context)[0])
    names = {ours.partition(".")[0]: theirs for theirs, ours in PARTS.items()}
    reference = Llama(policy.config)
    reference.embedding, reference.norm = policy.embedding, policy.norm
    total = 0
    for name in list(lora.matrices(reference)):
        _, number, short = name.split(".")
        layer, own = reference.layers[int(number)], policy.layers[int(number)]
        layer.attention_norm, layer.ffn_norm = own.attention_norm, own.ffn_norm
        if file is not None:
            raw, tensor = file.raw(f"blk.{number}.{names[short]}.weight")
            kind, shape = tensor.kind, tensor.shape
        else:
            assert plain is not None
            matrix = plain[name].weight.detach().numpy()
            raw, kind, shape = encode_q8_0(matrix), 8, matrix.shape
        total += raw.nbytes
        a, b = adapters.get(f"{name}.a"), adapters.get(f"{name}.b")
        setattr(layer, short, Packed(raw, kind, shape, a, b))
    return reference.requires_grad_(False), total


def _reference(job: Job, policy: Llama, rows: Rows) -> tuple[Callable[[Tensor], Tensor], int]:
    """What gives the reference's log-probabilities of some rows, and the bytes it should add."""
    if job.strategy == "computed_once":
        kept = open_log_probs(job.reference)["train"]
        return lambda chosen: kept[chosen], kept.numel() * 4

    def score(network: Llama, chosen: Tensor) -> Tensor:
        part = rows.take(chosen)
        with torch.no_grad():
            return sequence_log_probs(network, part.ids, part.mask)

    if job.strategy == "adapter_off":

        def switched(chosen: Tensor) -> Tensor:
            with lora.switched_off(policy):
                return score(policy, chosen)

        return switched, 0
    if job.strategy == "two_networks":
        second = open_base(job.weights, job.base, job.context)[0]
        size = sum(parameter.numel() for parameter in second.parameters()) * 4
        return lambda chosen: score(second, chosen), size
    packed, size = packed_reference(policy, job.weights, job.base)
    return lambda chosen: score(packed, chosen), size


def measure(job: Job) -> Cost:
    """A few updates of preference training under one strategy.

    Raises: `ValueError` for an unknown strategy.
    Checked by: tests/alignment/test_steps.py (equal losses under all of them).
    """
    if job.strategy not in STRATEGIES:
        raise ValueError(f"strategy {job.strategy!r} is none of {', '.join(STRATEGIES)}")
    torch.set_num_threads(job.threads)
    before = peak_memory()
    policy, chat, _ = open_base(job.weights, job.base, job.context)
    rows = pair_rows(chat, read_pairs(job.pairs, "train"), job.context)
    reference, predicted = _reference(job, policy, rows)
    first = max(0, policy.config.layers - job.upper)
    parameters = lora.attach(policy, rank=job.rank, scale=job.scale, first=first, seed=job.seed)

    def loss(iteration: int) -> tuple[Tensor, dict[str, float]]:
        pairs = tuning.draw(len(rows) // 2, job.batch, job.seed, iteration)
        chosen = torch.stack([2 * pairs, 2 * pairs + 1], dim=1).flatten()
        part = rows.take(chosen)
        fixed = reference(chosen)
        ours = sequence_log_probs(policy, part.ids, part.mask)
        value = dpo_loss(ours[::2], ours[1::2], fixed[::2], fixed[1::2], job.beta)[0].mean()
        return value, {"loss": value.item()}

    loop = tuning.Loop(
        iterations=job.updates, batch=job.batch, learning_rate=job.learning_rate, warmup=0, clip=1.0
    )
    tuner, seconds = tuning.Tuner(parameters, loop, loss), []
    for _ in range(job.updates):
        start = time.perf_counter()
        tuner.step()
        seconds.append(time.perf_counter() - start)
    losses = [row["loss"] for row in tuner.history]
    return Cost(before, peak_memory(), statistics.median(seconds), losses, predicted)
