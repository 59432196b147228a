"""The training loop: ε-loss, stratified time steps, two optimizers, cool-down, averages, exact resume.

Pure: it prints nothing and writes nothing. `Trainer.run` yields after every update, and the
caller shows progress and keeps the state where it likes. Long because loss, draws, averages and
loop are what a resumed run must repeat, and are read together.
"""

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from groundwork.diffusion.model import UNet
from groundwork.diffusion.muon import Muon
from groundwork.diffusion.schedule import q_sample


@dataclass(frozen=True)
class TrainConfig:
    """Knobs of a run; its seed is the `Trainer`'s.

    `iterations` (updates), `batch` (images), `kernel_rate` (Muon's, of the kernels of all but the
    first and last convolution; 0 leaves them to AdamW), `learning_rate` (AdamW's, of the rest). Both
    are held after `warmup` updates of linear rise, until the last `cooldown` updates take them
    linearly to 0. `clip` (largest norm of the gradient), `ema` (decay of the averaged weights; 0
    keeps none), `evaluate_every` (updates).
    """

    iterations: int
    batch: int = 32
    learning_rate: float = 3e-3
    kernel_rate: float = 0.01
    warmup: int = 100
    cooldown: int = 0
    clip: float = 1.0
    ema: float = 0.999
    evaluate_every: int = 500
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.warmup + self.cooldown > self.iterations:
            raise ValueError(
                f"{self.warmup} updates of warm-up and {self.cooldown} of cool-down "
                f"do not fit into {self.iterations}"
            )
        if not 0 <= self.ema < 1:
            raise ValueError(f"the decay of averaged weights lies in [0, 1), not {self.ema}")

    @property
    def rates(self) -> tuple[float, ...]:
        """Each optimizer's full rate."""
        return (self.learning_rate, self.kernel_rate)[: 1 + (self.kernel_rate > 0)]


@dataclass(frozen=True)
class Evaluation:
    """ε-losses (mean squared error a pixel) on held-out images after `iteration` updates."""

    iteration: int
    seconds: float
    train: float  # mean of the updates since the last evaluation
    validation: float


def rate_share(config: TrainConfig, iteration: int) -> float:
    """The share of its full rate that update `iteration` (from 0) takes: rise, 1, linear fall to 0.

    Until the fall begins it does not depend on `iterations`, so a run may be cooled down from any
    of its states, and the plateau goes on from the same state later.
    Source: Hu et al., "MiniCPM" (2024), section 4 (warm-up, stable, decay).
    """
    rise = min(1.0, (iteration + 1) / max(config.warmup, 1))
    fall = min(1.0, (config.iterations - iteration) / max(config.cooldown, 1))
    return min(rise, fall)


def stratified_steps(count: int, steps: int, generator: torch.Generator) -> Tensor:
    """`count` time steps of 1 … `steps`, one from each of `count` equal strata, in random order.

    Each is uniform on 1 … `steps` over the draws, and the mean over the batch varies far less.
    """
    place = torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)
    return (place * (steps / count)).long().clamp(max=steps - 1) + 1


def epsilon_loss(model: UNet, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
    """‖ε − ε̂(x_t, t)‖² a pixel, one value an image.

    Shapes: x0 and noise (N, 1, H, W), t (N,); returns (N,).
    Source: Ho et al. (2020), equation 14.
    """
    predicted = model(q_sample(x0, t, noise, model.schedule), t)
    return (predicted - noise).square().mean(dim=(1, 2, 3))


@torch.no_grad()
def held_out_loss(
    model: UNet, images: Tensor, seed: int = 0, batch: int = 250
) -> tuple[Tensor, Tensor]:
    """The ε-loss of each held-out image at one fixed time step and noise, and those time steps.

    The same images, steps and noises on every call, so that two sets of weights differ by
    themselves alone.
    Shapes: images (N, 1, H, W); returns losses (N,) and steps (N,).
    """
    generator = torch.Generator().manual_seed(seed)
    t = stratified_steps(len(images), model.schedule.steps, generator)
    losses = []
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        noise = torch.randn(part.shape, generator=generator)
        device = next(model.parameters()).device
        args = [value.to(device) for value in (part, t[start : start + batch], noise)]
        losses.append(epsilon_loss(model, *args).cpu())
    return torch.cat(losses), t


def optimizers(model: UNet, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """AdamW, and Muon where it has a rate; the order is that of `config.rates`."""
    hidden = model.hidden_kernels() if config.kernel_rate else []
    taken = set(map(id, hidden))
    rest = [p for p in model.parameters() if id(p) not in taken]
    adamw = torch.optim.AdamW(rest, lr=config.learning_rate, weight_decay=0.0, fused=True)
    return [adamw, *([Muon(hidden, lr=config.kernel_rate)] if hidden else [])]


class Averages:
    """An exponential moving average of weights, freed from its start.

    a_n = d·a_{n−1} + (1 − d)·w_n from a_0 = 0, read as a_n / (1 − dⁿ): a weighted mean of the
    weights seen, whose weights sum to 1 at every n.
    Source: Kingma and Ba, "Adam" (2015), section 3, for the correction.
    Checked by: tests/diffusion/test_training.py.
    """

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.decay, self.count = decay, 0
        self.sums = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: torch.nn.Module) -> None:
        """Take in the model's present weights."""
        self.count += 1
        for name, value in model.state_dict().items():
            self.sums[name].lerp_(value, 1 - self.decay)

    def weights(self) -> dict[str, Tensor]:
        """The averaged weights; raises `ValueError` before the first update."""
        if not self.count:
            raise ValueError("no weights were averaged yet")
        share = 1 - self.decay**self.count
        return {name: value / share for name, value in self.sums.items()}


class Trainer:
    """One run: a model, images in [−1, 1], knobs and a seed; resumable at any update.

    Everything random in update i is a function of the seed and of i (batch, time steps, noise), so
    the state to keep is the weights, the optimizer's moments, the averages and the update count.

    Shapes: train and validation (N, 1, H, W).
    Raises: `ValueError` for images outside [−1, 1] or that never leave [0, 1].
    Checked by: tests/diffusion/test_training.py (killed and resumed equals uninterrupted).
    """

    def __init__(
        self, model: UNet, train: Tensor, validation: Tensor, config: TrainConfig, seed: int
    ) -> None:
        for images in (train, validation):
            check_range(images)
        self.config, self.seed = config, seed
        self.model = model.to(config.device)
        self.train, self.validation = train, validation
        self.optimizers = optimizers(self.model, config)
        self.averages = Averages(self.model, config.ema) if config.ema else None
        self.iteration = 0
        self.seconds = 0.0  # spent on updates
        self.evaluations: list[Evaluation] = []
        self._recent: list[float] = []
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def batch(self, iteration: int) -> tuple[Tensor, Tensor, Tensor]:
        """Images (B, 1, H, W), time steps (B,) and noise (B, 1, H, W) of one update."""
        size, count = self.config.batch, len(self.train)
        places = range(iteration * size, (iteration + 1) * size)
        rows = [self._row(place // count, place % count) for place in places]
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + iteration)
        x0 = self.train[rows]
        t = stratified_steps(size, self.model.schedule.steps, generator)
        noise = torch.randn(x0.shape, generator=generator)
        device = self.config.device
        return x0.to(device), t.to(device), noise.to(device)

    def _row(self, epoch: int, place: int) -> int:
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = np.random.default_rng([self.seed, epoch]).permutation(len(self.train))
        return int(self._order[place])

    def step(self) -> float:
        """One update; returns its loss."""
        share = rate_share(self.config, self.iteration)
        for optimizer, rate in zip(self.optimizers, self.config.rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * share
            optimizer.zero_grad(set_to_none=True)
        loss = epsilon_loss(self.model, *self.batch(self.iteration)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        self.iteration += 1
        if self.averages:
            self.averages.update(self.model)
        return loss.item()

    def evaluate(self) -> Evaluation:
        """The present weights' loss on the held-out images."""
        losses, _ = held_out_loss(self.model, self.validation)
        train = sum(self._recent) / len(self._recent) if self._recent else math.nan
        self._recent = []
        result = Evaluation(self.iteration, self.seconds, train, losses.mean().item())
        self.evaluations.append(result)
        return result

    def run(self) -> Iterator[Evaluation | None]:
        """Train to the end, yielding after each update what was evaluated, if anything."""
        config = self.config
        while self.iteration < config.iterations:
            start = time.perf_counter()
            loss = self.step()
            self.seconds += time.perf_counter() - start
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss of update {self.iteration} is {loss}")
            self._recent.append(loss)
            due = self.iteration % config.evaluate_every == 0 or self.iteration == config.iterations
            yield self.evaluate() if due else None

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs, as plain values and tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [copy.deepcopy(one.state_dict()) for one in self.optimizers],
            "averages": (self.averages.sums, self.averages.count) if self.averages else None,
            "iteration": self.iteration,
            "seconds": self.seconds,
            "recent": self._recent,
            "evaluations": [list(vars(e).values()) for e in self.evaluations],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.model.load_state_dict(state["model"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        if self.averages and state["averages"]:
            sums, self.averages.count = state["averages"]
            self.averages.sums = {name: value.clone() for name, value in sums.items()}
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self._recent = list(state["recent"])
        self.evaluations = [Evaluation(*values) for values in state["evaluations"]]


def check_range(images: Tensor) -> None:
    """Raise `ValueError` unless images are (N, 1, H, W) within [−1, 1] and reach below 0."""
    if images.dim() != 4 or images.shape[1] != 1:
        raise ValueError(f"images must be (N, 1, H, W), not {tuple(images.shape)}")
    low, high = float(images.min()), float(images.max())
    if low < -1 or high > 1 or low >= 0:
        raise ValueError(
            f"images must lie in [−1, 1] and use it: these lie in [{low:g}, {high:g}]. "
            "Scale bytes by x / 127.5 − 1"
        )
