"""The reverse process: from pure noise to data, by ancestral steps or by DDIM's.

A `model` is anything callable as ε̂ = model(x, t) that names the schedule it was made for:
a trained `UNet`, or an exact denoiser from `oracle.py`.
"""

import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import torch
from torch import Tensor

from groundwork.diffusion.schedule import Schedule

Watch = Callable[[int, Tensor, Tensor], None]  # sees t, x_t and the x_0 estimated from it


class Denoiser(Protocol):
    """ε̂(x, t), and the schedule under which t means a noise level."""

    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor, /) -> Tensor: ...


def predict_x0(schedule: Schedule, x: Tensor, noise: Tensor, t: int, clip: bool) -> Tensor:
    """The x_0 that x_t and a predicted noise imply, held to [−1, 1] where `clip`.

    Source: Ho et al. (2020), equation 4 solved for x_0; the clipping is their released code's.
    """
    level = float(schedule.alpha_bar[t])
    x0 = (x - (1 - level) ** 0.5 * noise) / level**0.5
    return x0.clamp(-1, 1) if clip else x0


def posterior_mean(schedule: Schedule, x0: Tensor, x: Tensor, t: int, s: int) -> Tensor:
    """Mean of q(x_s | x_t, x_0) for s < t.

    Source: Ho et al. (2020), equation 7, with ᾱ_t / ᾱ_s in place of α_t where s < t − 1.
    Checked by: tests/diffusion/test_sampling.py (Bayes' rule on a grid).
    """
    now, earlier = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
    kept = now / earlier
    return earlier**0.5 * (1 - kept) / (1 - now) * x0 + kept**0.5 * (1 - earlier) / (1 - now) * x


def visited_steps(total: int, calls: int) -> list[int]:
    """T = t_0 > t_1 > … > t_calls = 0, as evenly spaced as whole numbers allow.

    Raises: `ValueError` unless 1 ≤ calls ≤ T.
    """
    if not 1 <= calls <= total:
        raise ValueError(f"{calls} network calls do not fit between t = {total} and t = 0")
    return [round(total * (calls - i) / calls) for i in range(calls + 1)]


@torch.inference_mode()
def p_sample_loop(
    model: Denoiser,
    shape: tuple[int, ...],
    seed: int,
    *,
    calls: int | None = None,
    variance: str = "posterior",
    clip: bool = True,
    last_noise: bool = False,
    batch: int = 100,
    workers: int = 1,
    watch: Watch | None = None,
) -> Tensor:
    """Ancestral sampling: x_T from a standard normal, then T draws from p(x_{t−1} | x_t).

    `calls` network calls (T unless given: fewer take larger steps), `variance` of each draw
    ("posterior" β̃_t, or "beta" β_t: the two ends for data of one point and of unit variance).
    The last step adds no noise: its mean is the sample; `last_noise` adds it, to show why not.
    At most `batch` images a network call, `workers` such calls side by side.
    Shapes: returns `shape`, (N, …).
    Raises: `ValueError` for an unknown variance.
    Source: Ho et al. (2020), algorithm 2 and section 3.2.
    Checked by: tests/diffusion/test_sampling.py (exact denoisers of Gaussians and mixtures).
    """
    if variance not in ("posterior", "beta"):
        raise ValueError(f"variance {variance!r} is neither posterior nor beta")
    schedule, generator = model.schedule, torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator)
    path = visited_steps(schedule.steps, calls or schedule.steps)
    for t, s in itertools.pairwise(path):
        x0 = predict_x0(schedule, x, predict(model, x, t, batch, workers), t, clip)
        if watch:
            watch(t, x, x0)
        x = posterior_mean(schedule, x0, x, t, s)
        if s > 0 or last_noise:
            wide = variance == "beta" or s == 0  # β̃_1 is 0
            square = (
                1 - float(schedule.alpha_bar[t] / schedule.alpha_bar[s])
                if wide
                else schedule.posterior_variance(t, s)
            )
            x = x + square**0.5 * torch.randn(shape, generator=generator)
    if watch:
        watch(0, x, x)
    return x


@torch.inference_mode()
def ddim_sample(
    model: Denoiser,
    shape: tuple[int, ...],
    seed: int,
    *,
    calls: int = 50,
    eta: float = 0.0,
    clip: bool = True,
    batch: int = 100,
    workers: int = 1,
    start: Tensor | None = None,
    watch: Watch | None = None,
) -> Tensor:
    """DDIM: the family of reverse processes that share the training loss; η = 0 draws no noise.

    η = 1 is ancestral sampling with the posterior variance, η = 0 a fixed map from noise to data.
    `start` replaces the seed's x_T (a walk between two noises). At most `batch` images a network
    call, `workers` such calls side by side.
    Shapes: returns `shape`, (N, …).
    Raises: `ValueError` for η outside [0, 1] or a `start` of another shape.
    Source: Song, Meng and Ermon, "Denoising Diffusion Implicit Models" (2021), equations 12, 16.
    Differs: where x_0 is clipped, the noise is recomputed to agree with it.
    Checked by: tests/diffusion/test_sampling.py.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"η must lie in [0, 1], not {eta}")
    if start is not None and start.shape != torch.Size(shape):
        raise ValueError(f"a start of shape {tuple(start.shape)} for samples of {shape}")
    schedule, generator = model.schedule, torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator) if start is None else start
    path = visited_steps(schedule.steps, calls)
    for t, s in itertools.pairwise(path):
        now, earlier = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
        noise = predict(model, x, t, batch, workers)
        x0 = predict_x0(schedule, x, noise, t, clip)
        if watch:
            watch(t, x, x0)
        if clip:
            noise = (x - now**0.5 * x0) / (1 - now) ** 0.5
        square = eta**2 * schedule.posterior_variance(t, s)
        x = earlier**0.5 * x0 + max(1 - earlier - square, 0.0) ** 0.5 * noise
        if square > 0:
            x = x + square**0.5 * torch.randn(shape, generator=generator)
    if watch:
        watch(0, x, x)
    return x


def predict(model: Denoiser, x: Tensor, t: int, batch: int, workers: int = 1) -> Tensor:
    """ε̂(x, t) for every row of x at one t, at most `batch` rows a call, wherever the model lives.

    `workers` calls run side by side. With one PyTorch thread each this is a third faster
    than one batch on as many threads, whose small convolutions wait for one another.
    States and draws stay on the CPU, so that a seed means the same noise on every device.
    """
    device = getattr(model, "device", "cpu")

    @torch.inference_mode()  # a thread does not inherit it
    def part(rows: Tensor) -> Tensor:
        return model(rows.to(device), torch.full((len(rows),), t, device=device)).cpu()

    with ThreadPoolExecutor(workers) as pool:
        size = min(batch, math.ceil(len(x) / workers))
        return torch.cat(list(pool.map(part, x.split(size))))


def slerp(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """Points between two noises on the sphere they lie on, so that each is as long as noise is.

    Shapes: first and second (…), shares (N,) in [0, 1]; returns (N, …).
    Source: Shoemake, "Animating Rotation with Quaternion Curves" (1985), section 3.3.
    """
    a, b = first.flatten(), second.flatten()
    angle = torch.acos(torch.dot(a, b) / (a.norm() * b.norm()))
    weights = [torch.sin((1 - shares) * angle), torch.sin(shares * angle)]
    points = (weights[0][:, None] * a + weights[1][:, None] * b) / torch.sin(angle)
    return points.reshape(len(shares), *first.shape)
