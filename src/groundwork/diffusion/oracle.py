"""Exact answers: denoisers, posteriors and moments that no network had to learn.

Where the data is a mixture of Gaussians (or of points), q(x_t) is a mixture of Gaussians at every
t, and the best noise prediction has a closed form. Fed to a sampler, it leaves only the sampler's
own error.
"""

import math

import numpy as np
import torch
from torch import Tensor

from groundwork.diffusion.schedule import Schedule, at


class MixtureDenoiser:
    """E[ε | x_t] for data drawn from Σ_k w_k N(μ_k, σ_k² I); σ_k = 0 makes component k a point.

    With q(x_t) = Σ_k w_k N(√ᾱ μ_k, v_k I), v_k = ᾱ σ_k² + 1 − ᾱ, and r_k the posterior share of
    component k, E[ε | x_t] = √(1 − ᾱ) Σ_k r_k (x_t − √ᾱ μ_k) / v_k.
    Shapes: weights and deviations (K,), means (K, D); called with x (N, D), t (N,), returns (N, D).
    Raises: `ValueError` for weights that are no distribution, or unequal K.
    Source: Tweedie's formula, Efron, "Tweedie's Formula and Selection Bias" (2011), equation 1.4.
    Checked by: tests/diffusion/test_oracle.py (numerical gradient of the log density).
    """

    def __init__(
        self, schedule: Schedule, weights: Tensor, means: Tensor, deviations: Tensor
    ) -> None:
        if not len(weights) == len(means) == len(deviations):
            raise ValueError("weights, means and deviations must describe as many components")
        if bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > 1e-6:
            raise ValueError(f"weights {weights.tolist()} are no distribution")
        self.schedule = schedule
        self.weights, self.means, self.deviations = (
            value.double() for value in (weights, means, deviations)
        )

    def log_density(self, x: Tensor, t: Tensor) -> Tensor:
        """log q(x_t), natural logarithm; x (N, D), t (N,), returns (N,)."""
        return torch.logsumexp(self._joint(x.double(), t), dim=1)

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        wide = x.double()
        level = at(self.schedule.alpha_bar, t, wide)[:, :, None]  # (N, 1, 1)
        shares = torch.softmax(self._joint(wide, t), dim=1)  # (N, K)
        variance = level[..., 0] * self.deviations**2 + 1 - level[..., 0]  # (N, K)
        offset = wide[:, None] - level.sqrt() * self.means  # (N, K, D)
        pull = (shares / variance)[..., None] * offset
        return ((1 - level[..., 0]).sqrt() * pull.sum(dim=1)).to(x.dtype)

    def _joint(self, x: Tensor, t: Tensor) -> Tensor:
        """log w_k + log N(x; √ᾱ μ_k, v_k I), (N, K)."""
        level = at(self.schedule.alpha_bar, t, x)  # (N, 1)
        variance = level * self.deviations**2 + 1 - level  # (N, K)
        square = (x[:, None] - level.sqrt()[..., None] * self.means).square().sum(dim=2)
        normal = -0.5 * (square / variance + x.shape[1] * torch.log(2 * math.pi * variance))
        return torch.log(self.weights) + normal

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """`count` points of the data itself, (count, D)."""
        part = torch.multinomial(self.weights, count, replacement=True, generator=generator)
        spread = torch.randn(count, self.means.shape[1], generator=generator, dtype=torch.float64)
        return self.means[part] + self.deviations[part][:, None] * spread


def simulated_moments(schedule: Schedule, x0: np.ndarray, t: int, seed: int) -> tuple[float, float]:
    """Mean and variance of x_t after t single noising steps, each with fresh noise.

    The forward process as it is defined, x_s = √(1 − β_s)·x_{s−1} + √β_s·ε_s, one step at a time
    (Ho et al. 2020, equation 2), against which the closed form of q(x_t | x_0) is held.
    Shapes: x0 (N,), N walks of one pixel.
    """
    random = np.random.default_rng(seed)
    x = np.array(x0, dtype=np.float64)
    for beta in schedule.beta[1 : t + 1].tolist():
        x = math.sqrt(1 - beta) * x + math.sqrt(beta) * random.standard_normal(len(x))
    return float(x.mean()), float(x.var())


def bayes_posterior(
    schedule: Schedule, x0: float, x: float, t: int, s: int, points: int = 40_001
) -> tuple[float, float]:
    """Mean and variance of q(x_s | x_t, x_0) by Bayes' rule on a grid of x_s.

    Multiplies q(x_s | x_0) by q(x_t | x_s), the latter with the β of the steps s + 1 … t chained,
    and sums: no formula of the posterior enters.
    """
    earlier = float(schedule.alpha_bar[s])
    kept = math.prod(1 - beta for beta in schedule.beta[s + 1 : t + 1].tolist())
    grid = np.linspace(-9, 9, points)
    prior = -((grid - math.sqrt(earlier) * x0) ** 2) / (2 * (1 - earlier))
    likelihood = -((x - math.sqrt(kept) * grid) ** 2) / (2 * (1 - kept))
    log = prior + likelihood
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = float((weight * grid).sum())
    return mean, float((weight * (grid - mean) ** 2).sum())
