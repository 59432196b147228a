"""The formulas held against answers that use none of them, and samplers against exact denoisers."""

import numpy as np
import torch

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays
from groundwork.diffusion.oracle import MixtureDenoiser, bayes_posterior, simulated_moments
from groundwork.diffusion.sampling import ddim_sample, p_sample_loop, posterior_mean
from groundwork.diffusion.schedule import Schedule, cosine_schedule, linear_schedule
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

WEIGHTS = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
MEANS = torch.tensor([[0.7, 0.0], [-0.5, 0.6], [-0.4, -0.7]], dtype=torch.float64)
DEVIATIONS = torch.tensor([0.05, 0.1, 0.15], dtype=torch.float64)


class Settings(step.Settings):
    """Formulas and samplers without a network."""

    steps: int = knob("T of the schedules.", ge=100)
    walks: int = knob("Forward walks simulated step by step.", ge=100)
    points: int = knob("Points that each sampler draws from the exact denoiser.", ge=100)
    short: int = knob("A T at which the paper's β are wrong unless rescaled.", ge=2)
    seed: int = knob("Seed of every draw.", ge=0)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    linear, cosine = _scaled(settings.steps), cosine_schedule(settings.steps)
    found, drawn = _mixture(linear, settings)
    data = MixtureDenoiser(linear, WEIGHTS, MEANS, DEVIATIONS)
    real = data.draw(settings.points, torch.Generator().manual_seed(settings.seed))
    write_arrays(
        arrays,
        {
            "linear": linear.alpha_bar.numpy(),
            "cosine": cosine.alpha_bar.numpy(),
            "data": real.numpy(),
            **{name: points.numpy() for name, points in drawn.items()},
        },
    )
    unscaled = float(np.prod(1 - np.linspace(1e-4, 0.02, settings.short)))
    rescaled = _scaled(settings.short)
    return {
        **_forward(linear, settings),
        **_posterior(linear, settings.seed),
        **found,
        "alpha_bar_end": claim(float(linear.alpha_bar[-1]), "", "exact"),
        "short_unscaled": claim(unscaled, "", "exact"),
        "short_rescaled": claim(float(rescaled.alpha_bar[-1]), "", "exact"),
        "refused": claim(_refusal(settings.short), "", "exact"),
        "half_linear": claim(int((linear.alpha_bar > 0.5).sum()) - 1, "", "exact"),
        "half_cosine": claim(int((cosine.alpha_bar > 0.5).sum()) - 1, "", "exact"),
    }


def _scaled(steps: int) -> Schedule:
    """The paper's β, meant for 1,000 steps, at another T: the same noise over the whole way."""
    return linear_schedule(steps, 0.1 / steps, 20 / steps)


def _refusal(steps: int) -> str:
    try:
        linear_schedule(steps)
    except ValueError as problem:
        return str(problem)
    return "not refused"


def _forward(schedule: Schedule, settings: Settings) -> dict[str, Claim]:
    """q(x_t | x_0): the chain, step by step, against √ᾱ x_0 and 1 − ᾱ, in standard errors."""
    worst, n = 0.0, settings.walks
    for t in (1, schedule.steps // 10, schedule.steps // 2, schedule.steps):
        level = float(schedule.alpha_bar[t])
        mean, variance = simulated_moments(schedule, np.full(n, 0.8), t, settings.seed + t)
        worst = max(worst, abs(mean - level**0.5 * 0.8) / ((1 - level) / n) ** 0.5)
        worst = max(worst, abs(variance / (1 - level) - 1) / (2 / n) ** 0.5)
    return {"forward_error": claim(worst, "standard errors", "simulated", n=n)}


def _posterior(schedule: Schedule, seed: int) -> dict[str, Claim]:
    """q(x_s | x_t, x_0): the formula against Bayes' rule on a grid, largest absolute error."""
    random, worst, cases = np.random.default_rng(seed), 0.0, 0
    total = schedule.steps
    for t, s in [(total // 10, total // 10 - 1), (total, total - 1), (total // 2, total // 4)]:
        for x0, x in random.normal(size=(4, 2)):
            mean, variance = bayes_posterior(schedule, x0, x, t, s)
            formula = posterior_mean(schedule, torch.tensor(x0), torch.tensor(x), t, s)
            worst = max(worst, abs(float(formula) - mean))
            worst = max(worst, abs(schedule.posterior_variance(t, s) - variance))
            cases += 1
    return {"posterior_error": claim(worst, "", "exact", n=cases)}


def _mixture(
    schedule: Schedule, settings: Settings
) -> tuple[dict[str, Claim], dict[str, torch.Tensor]]:
    """Samplers fed with the exact denoiser of three Gaussians: their weights and deviations back."""
    exact = MixtureDenoiser(schedule, WEIGHTS, MEANS, DEVIATIONS)
    shape = (settings.points, 2)
    batch = settings.points
    drawn = {
        "ancestral": p_sample_loop(exact, shape, settings.seed, clip=False, batch=batch),
        "ddim": ddim_sample(exact, shape, settings.seed, calls=50, clip=False, batch=batch),
        "noisy_end": p_sample_loop(
            exact, shape, settings.seed, clip=False, batch=batch, last_noise=True, calls=50
        ),
    }
    claims: dict[str, Claim] = {}
    for name, points in drawn.items():
        gap = (points.double()[:, None] - MEANS).square().sum(dim=2)
        part = (gap / DEVIATIONS**2 + 2 * torch.log(DEVIATIONS**2)).argmin(dim=1)
        shares = torch.bincount(part, minlength=3).double() / len(points)
        errors = (shares - WEIGHTS).abs() / (WEIGHTS * (1 - WEIGHTS) / len(points)).sqrt()
        spread = torch.stack([(gap[part == k, k].mean() / 2).sqrt() for k in range(3)])
        claims[f"{name}_weights"] = claim(
            float(errors.max()), "standard errors", "simulated", n=len(points)
        )
        claims[f"{name}_deviation"] = claim(
            100 * float((spread / DEVIATIONS - 1).abs().max()), "%", "simulated", n=len(points)
        )
    return claims, drawn


if __name__ == "__main__":
    step.run(main)
