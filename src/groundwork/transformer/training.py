"""The training loop: AdamW, warm-up and cosine, clipping, accumulation, exact resume.

Pure: it prints nothing and writes nothing. `Trainer.run` yields after every update, and the
caller shows progress and keeps the state where it likes.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from groundwork.transformer.data import Windows
from groundwork.transformer.evaluation import next_token_loss, split_loss
from groundwork.transformer.model import GPT


@dataclass(frozen=True)
class TrainConfig:
    """Knobs of a run; its seed is the `Trainer`'s, so that one set of knobs serves many seeds.

    `iterations` (updates), `batch` (windows in a micro-batch), `accumulation` (micro-batches
    summed into one update), `learning_rate` (peak), `floor` (last rate as a share of the peak),
    `warmup` (updates of linear rise), `weight_decay` (matrices only), `beta1`, `beta2`, `clip`
    (largest norm of the gradient), `evaluate_every` (updates), `device` ("cpu", "cuda"),
    `precision` ("float32" or "bfloat16": matrix products in bfloat16 on the GPU, weights and sums
    in float32).
    """

    iterations: int
    batch: int
    accumulation: int
    learning_rate: float
    floor: float
    warmup: int
    weight_decay: float
    beta1: float
    beta2: float
    clip: float
    evaluate_every: int
    device: str = "cpu"
    precision: str = "float32"

    def __post_init__(self) -> None:
        if not 0 <= self.warmup < self.iterations:
            raise ValueError(f"warm-up of {self.warmup} updates leaves none of {self.iterations}")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision {self.precision!r} is neither float32 nor bfloat16")


@dataclass(frozen=True)
class Evaluation:
    """Losses (nats a token) of fixed text after `iteration` updates."""

    iteration: int
    train: float
    validation: float


@dataclass(frozen=True)
class Progress:
    """What one update did: its loss (nats a token), its rate, and an evaluation if one was due."""

    iteration: int
    loss: float
    learning_rate: float
    evaluation: Evaluation | None


def learning_rate(config: TrainConfig, iteration: int) -> float:
    """The rate of update `iteration` (from 0): a linear rise, then half a cosine to the floor.

    Source: Loshchilov and Hutter, "SGDR" (2017), equation 5, without restarts.
    """
    if iteration < config.warmup:
        return config.learning_rate * (iteration + 1) / config.warmup
    part = (iteration - config.warmup) / (config.iterations - config.warmup)
    share = config.floor + (1 - config.floor) * 0.5 * (1 + math.cos(math.pi * part))
    return config.learning_rate * share


def make_optimizer(model: GPT, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW that decays matrices only: a norm's gain has no reason to be small."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    gains = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}]
    groups.append({"params": gains, "weight_decay": 0.0})
    betas = (config.beta1, config.beta2)
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=betas, fused=True)


class Trainer:
    """One run: a model, two token arrays, knobs and a seed; resumable at any update.

    Everything random in update i is a function of the seed and of i (the batch, dropout), so the
    state to keep is the weights, the optimizer's moments and the number of updates.

    Checked by: tests/transformer/test_training.py, test_resume.py (killed and resumed equals
    uninterrupted, bit for bit).
    """

    def __init__(
        self,
        model: GPT,
        train: np.ndarray,
        validation: np.ndarray,
        config: TrainConfig,
        seed: int,
    ) -> None:
        self.config, self.seed = config, seed
        self.model = model.to(config.device)
        self.validation = validation
        self.train_part = train[: len(validation)]
        self.windows = Windows(train, model.config.context, config.batch, seed)
        self.optimizer = make_optimizer(self.model, config)
        self.iteration = 0
        self.seconds = 0.0  # spent on updates
        self.judging = 0.0  # seconds spent on evaluations
        self.evaluations: list[Evaluation] = []
        self.best: Evaluation | None = None
        self.best_weights: dict[str, torch.Tensor] = {}

    def step(self) -> float:
        """One update; returns its loss (nats a token, mean over the micro-batches)."""
        config = self.config
        torch.manual_seed(self.seed * 1_000_003 + self.iteration)  # dropout's draws
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, self.iteration)
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for micro in range(config.accumulation):
            inputs, targets = self.windows.draw(self.iteration, micro)
            with self._precision():
                loss = next_token_loss(
                    self.model, inputs.to(config.device), targets.to(config.device)
                )
            (loss / config.accumulation).backward()
            total += loss.item() / config.accumulation
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip)
        self.optimizer.step()
        self.iteration += 1
        return total

    def _precision(self) -> AbstractContextManager[Any]:
        if self.config.precision == "float32":
            return nullcontext()
        return torch.autocast(torch.device(self.config.device).type, dtype=torch.bfloat16)

    def evaluate(self) -> Evaluation:
        """Losses on the whole validation split and on as much fixed training text."""
        start = time.perf_counter()
        result = Evaluation(
            self.iteration,
            split_loss(self.model, self.train_part),
            split_loss(self.model, self.validation),
        )
        self.judging += time.perf_counter() - start
        self.evaluations.append(result)
        if self.best is None or result.validation < self.best.validation:
            self.best = result
            weights = self.model.state_dict()
            self.best_weights = {name: value.detach().clone() for name, value in weights.items()}
        return result

    def run(self) -> Iterator[Progress]:
        """Train to the end, yielding after each update; an evaluation opens and closes the run."""
        config = self.config
        self.model.train()
        if self.iteration == 0 and not self.evaluations:
            self.evaluate()
        while self.iteration < config.iterations:
            rate = learning_rate(config, self.iteration)
            start = time.perf_counter()
            loss = self.step()
            self.seconds += time.perf_counter() - start
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss of update {self.iteration} is {loss}")
            due = self.iteration % config.evaluate_every == 0 or self.iteration == config.iterations
            evaluation = self.evaluate() if due else None
            yield Progress(self.iteration, loss, rate, evaluation)

    def tokens_per_second(self) -> float:
        """Training tokens a second of update time, over the whole run."""
        return self._tokens() / self.seconds

    def minutes(self) -> float:
        """What the run has taken so far, updates and evaluations."""
        return (self.seconds + self.judging) / 60

    def passes(self) -> float:
        """How often the training text was read so far, on average over its tokens."""
        return self._tokens() / len(self.windows.tokens)

    def _tokens(self) -> int:
        config = self.config
        return config.batch * config.accumulation * self.windows.context * self.iteration

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs, as plain values and tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": copy.deepcopy(self.optimizer.state_dict()),
            "iteration": self.iteration,
            "seconds": self.seconds,
            "judging": self.judging,
            "evaluations": [[e.iteration, e.train, e.validation] for e in self.evaluations],
            "best_weights": self.best_weights,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.iteration = state["iteration"]
        self.seconds, self.judging = state["seconds"], state["judging"]
        self.evaluations = [Evaluation(*values) for values in state["evaluations"]]
        self.best = min(self.evaluations, key=lambda e: e.validation, default=None)
        self.best_weights = dict(state["best_weights"])


def fit(
    trainer: Trainer,
    *,
    save_every: int,
    keep: Callable[[], None],
    report: Callable[[str], None],
    report_every: int = 100,
) -> None:
    """Train to the end; `keep` is called every `save_every` updates and after each evaluation,
    `report` with a line of progress.
    """
    total = trainer.config.iterations
    start, first = time.perf_counter(), trainer.iteration
    for progress in trainer.run():
        if progress.evaluation or progress.iteration % save_every == 0:
            keep()
        if progress.evaluation or progress.iteration % report_every == 0:
            left = (time.perf_counter() - start) / (progress.iteration - first)
            left *= total - progress.iteration
            line = f"update {progress.iteration}/{total}, loss {progress.loss:.3f}"
            if progress.evaluation:
                line += f", validation {progress.evaluation.validation:.4f}"
            report(f"{line}, {trainer.tokens_per_second():.0f} tokens/s, {left:.0f} s left")
