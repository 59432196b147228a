"""Noise schedules and the forward process q, in closed form.

Time runs as in the paper: t = 0 is the data, t = 1 … T are ever noisier, and every array below is
indexed by t itself, so entry 0 belongs to the data (β₀ = 0, ᾱ₀ = 1) and no formula needs t − 1
shifted by hand.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

LARGEST_END = 1e-3  # ᾱ_T above this leaves a trace of the data in what should be pure noise


@dataclass(frozen=True)
class ScheduleConfig:
    """A schedule by name: `kind` ("linear", "cosine"), T = `steps`, and the ends of a linear one."""

    steps: int = 1000
    kind: str = "linear"
    beta_start: float = 1e-4
    beta_end: float = 0.02

    def build(self) -> "Schedule":
        """The schedule itself."""
        if self.kind == "linear":
            return linear_schedule(self.steps, self.beta_start, self.beta_end)
        if self.kind == "cosine":
            return cosine_schedule(self.steps)
        raise ValueError(f"schedule {self.kind!r} is neither linear nor cosine")


@dataclass(frozen=True, eq=False)
class Schedule:
    """The variances β_t of a forward process, t = 0 … T, and what follows from them.

    Shapes: every array (T + 1,), float64; entry 0 is the data.
    Raises: `ValueError` for T < 2, for a β outside (0, 1), and where ᾱ_T > 1e-3: such a process
    does not end in noise, and sampling from noise would start where no training image ever was.
    Source: Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models" (2020), section 2.
    """

    beta: Tensor

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise ValueError(f"a schedule needs T of at least 2 steps, not {self.steps}")
        inside = (self.beta[1:] > 0) & (self.beta[1:] < 1)
        if not bool(inside.all()) or self.beta[0] != 0:
            raise ValueError("every variance β_t must lie between 0 and 1, and β_0 must be 0")
        if self.alpha_bar[-1] > LARGEST_END:
            raise ValueError(
                f"ᾱ_T is {float(self.alpha_bar[-1]):.2g}: after T = {self.steps} steps the data "
                f"still shows. Rescale β by {1000 / self.steps:g} (as 1,000 steps were meant for)"
            )

    @property
    def steps(self) -> int:
        """T, the number of noising steps."""
        return len(self.beta) - 1

    @cached_property
    def alpha_bar(self) -> Tensor:
        """ᾱ_t = Π (1 − β_s) over s ≤ t: the share of variance that is still data."""
        return torch.cumprod(1 - self.beta, 0)

    @cached_property
    def snr(self) -> Tensor:
        """Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t); infinite at t = 0."""
        return self.alpha_bar / (1 - self.alpha_bar)

    def posterior_variance(self, t: int, s: int | None = None) -> float:
        """Variance of q(x_s | x_t, x_0), s < t (default t − 1): β̃_t.

        Source: Ho et al. (2020), equation 7; for s < t − 1 with ᾱ_t / ᾱ_s in place of α_t.
        """
        s = t - 1 if s is None else s
        now, earlier = float(self.alpha_bar[t]), float(self.alpha_bar[s])
        return (1 - earlier) / (1 - now) * (1 - now / earlier)

    def same(self, other: "Schedule") -> bool:
        """Whether two schedules noise alike, step by step."""
        return self.steps == other.steps and torch.equal(self.beta, other.beta)


def linear_schedule(steps: int, beta_start: float = 1e-4, beta_end: float = 0.02) -> Schedule:
    """Variances that rise linearly from β_1 = `beta_start` to β_T = `beta_end`.

    Raises: `ValueError` as `Schedule`: with these ends T = 300 leaves ᾱ_T at 0.048.
    Source: Ho et al. (2020), section 4.
    Checked by: tests/diffusion/test_schedule.py.
    """
    if steps < 2:
        raise ValueError(f"a schedule needs T of at least 2 steps, not {steps}")
    rise = torch.linspace(beta_start, beta_end, steps, dtype=torch.float64)
    return Schedule(torch.cat([torch.zeros(1, dtype=torch.float64), rise]))


def cosine_schedule(steps: int, offset: float = 0.008, largest: float = 0.999) -> Schedule:
    """Variances whose ᾱ_t falls as a squared cosine, slowly at both ends.

    Source: Nichol and Dhariwal, "Improved DDPM" (2021), equation 17.
    Checked by: tests/diffusion/test_schedule.py.
    """
    if steps < 2:
        raise ValueError(f"a schedule needs T of at least 2 steps, not {steps}")
    time = torch.arange(steps + 1, dtype=torch.float64) / steps
    level = torch.cos((time + offset) / (1 + offset) * math.pi / 2) ** 2
    beta = (1 - level[1:] / level[:-1]).clamp(max=largest)
    return Schedule(torch.cat([torch.zeros(1, dtype=torch.float64), beta]))


@lru_cache
def _default() -> Schedule:
    return linear_schedule(1000)


def at(values: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """values[t], shaped to scale a batch `like` (N, …) and in its type."""
    picked = values.to(like.device)[t.to(like.device)].to(like.dtype)
    return picked.reshape(-1, *[1] * (like.dim() - 1))  # (N, 1, …)


def q_sample(x0: Tensor, t: Tensor, noise: Tensor, schedule: Schedule | None = None) -> Tensor:
    """x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · noise: t noising steps in one.

    Shapes: x0 and noise (N, …), t (N,) of integers 0 … T; returns (N, …). The schedule is the
    paper's 1,000 linear steps unless given.
    Raises: `ValueError` for a t outside 0 … T or unequal shapes.
    Source: Ho et al. (2020), equation 4.
    Checked by: tests/diffusion/test_schedule.py (moments of the step-by-step chain).
    """
    schedule = schedule or _default()
    if x0.shape != noise.shape:
        raise ValueError(f"noise of shape {tuple(noise.shape)} for data of {tuple(x0.shape)}")
    if int(t.min()) < 0 or int(t.max()) > schedule.steps:
        raise ValueError(f"t must lie in 0 … {schedule.steps}")
    level = at(schedule.alpha_bar, t, x0)
    return level.sqrt() * x0 + (1 - level).sqrt() * noise
