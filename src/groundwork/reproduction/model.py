"""The toy model of "Superposition Yields Robust Neural Scaling" and its training, plainly.

Sparse features x (n of them) go through m < n hidden dimensions and back with the same matrix:
h = Wᵀx, y = ReLU(W h + b). Features are on independently, feature i with a probability that falls
as a power of its rank, and have values uniform on (0, 2).

Source: Liu, Liu and Gore, "Superposition Yields Robust Neural Scaling", NeurIPS 2025
(arXiv 2505.10465), with the constants that only the authors' released code states.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


@dataclass(frozen=True)
class Training:
    """The constants of one training run; the paper's values are the defaults."""

    weight_decay: float  # γ: positive shrinks rows, negative pulls them to unit norm
    batch: int = 2048  # samples, new ones each step
    steps: int = 20_000
    warmup_steps: int = 2000
    learning_rate: float = 1e-2  # the highest, of W and of b
    min_lr_ratio: float = 0.05  # the last learning rate over the highest
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


class Superposition(nn.Module):
    """y = ReLU(W Wᵀx + b).

    Shapes: W (n, m), b (n,), x and y (B, n).
    """

    def __init__(self, weights: NDArray[np.floating], bias: NDArray[np.floating]) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.tensor(weights))
        self.b = nn.Parameter(torch.tensor(bias))

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of a batch."""
        hidden = x @ self.W  # (B, m)
        return torch.relu(hidden @ self.W.T + self.b)  # (B, n)


def initial(
    features: int, width: int, bias_std: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """W ~ N(0, 1/m), so that rows begin near norm 1, and b ~ N(0, bias_std²).

    Shapes: W (n, m), b (n,).
    """
    rng = np.random.default_rng([seed, features, width])
    weights = rng.standard_normal((features, width)) / math.sqrt(width)
    return weights.astype(np.float32), (bias_std * rng.standard_normal(features)).astype(np.float32)


def chances(features: int, alpha: float, density: float) -> NDArray[np.float64]:
    """Probability of each feature to be on: proportional to rank^-α, summing to `density`.

    Raises `ValueError` where a probability would exceed 1.
    """
    weights = np.arange(1, features + 1, dtype=float) ** -alpha
    probabilities = density * weights / weights.sum()
    if probabilities[0] > 1 + 1e-9:
        raise ValueError(f"density {density} at alpha {alpha} needs a probability above 1")
    return np.minimum(probabilities, 1.0)


def draw(probabilities: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """Samples x (B, n): on with the given probabilities (n,), values uniform on (0, 2)."""
    shape = (samples, len(probabilities))
    on = torch.rand(shape, generator=generator) < probabilities
    return on * 2 * torch.rand(shape, generator=generator)  # (B, n)


def reported_loss(y: Tensor, x: Tensor) -> Tensor:
    """The paper's L: squared error summed over features, mean over samples."""
    return (y - x).square().sum(1).mean()


def learning_rate(training: Training, step: int) -> float:
    """The rate of a step (from 0): a line up, then a cosine down to a share of the highest."""
    if step < training.warmup_steps:
        return training.learning_rate * (step + 1) / training.warmup_steps
    progress = (step - training.warmup_steps) / max(training.steps - 1 - training.warmup_steps, 1)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    return training.learning_rate * (training.min_lr_ratio + (1 - training.min_lr_ratio) * cosine)


@torch.no_grad()
def decay(weights: Tensor, rate: float, gamma: float) -> None:
    """Decoupled weight decay of W's rows, in place: towards 0 where γ ≥ 0, else to unit norm.

    Source: the paper's equation 2; 1e-8 in the norm is the released code's.
    """
    if gamma >= 0:
        weights.mul_(1 - rate * gamma)
    else:
        norms = weights.norm(dim=1, keepdim=True) + 1e-8  # (n, 1)
        weights.mul_(1 - rate * gamma * (1 / norms - 1))


def optimiser(model: Superposition, training: Training) -> torch.optim.Adam:
    """Adam; the decay is ours, before its update."""
    betas = (training.beta1, training.beta2)
    return torch.optim.Adam(model.parameters(), lr=0.0, betas=betas, eps=training.epsilon)


def train_step(
    model: Superposition, adam: torch.optim.Adam, training: Training, step: int, x: Tensor
) -> float:
    """One step on the batch x (B, n); returns the reported loss before it.

    The optimised loss is the mean over samples and features, the reported one over n.
    """
    rate = learning_rate(training, step)
    for group in adam.param_groups:
        group["lr"] = rate
    loss = reported_loss(model(x), x)
    adam.zero_grad()
    (loss / x.shape[1]).backward()
    decay(model.W, rate, training.weight_decay)
    adam.step()
    return loss.item()
