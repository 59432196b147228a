"""The forward process: its closed form against the chain, and the schedules that are refused."""

import numpy as np
import pytest
import torch

from groundwork.diffusion import (
    Schedule,
    ScheduleConfig,
    cosine_schedule,
    linear_schedule,
    q_sample,
    schedule,
)
from groundwork.diffusion.oracle import simulated_moments


def test_the_linear_schedule_is_the_papers():
    found = linear_schedule(1000)
    assert found.steps == 1000
    assert found.beta[0] == 0
    assert found.alpha_bar[0] == 1
    assert float(found.beta[1]) == pytest.approx(1e-4)
    assert float(found.beta[1000]) == pytest.approx(0.02)
    # Π(1 − β), in another arithmetic
    product = np.prod(1 - np.linspace(1e-4, 0.02, 1000, dtype=np.longdouble))
    assert float(found.alpha_bar[-1]) == pytest.approx(float(product), rel=1e-12)
    assert float(found.alpha_bar[-1]) <= 1e-3


def test_the_cosine_schedule_follows_its_curve_until_it_is_clipped():
    found = cosine_schedule(200)
    t = np.arange(150)
    curve = np.cos((t / 200 + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(found.alpha_bar[:150].numpy(), curve / curve[0], rtol=1e-10)


@pytest.mark.parametrize("t", [1, 40, 300, 1000])
def test_q_sample_has_the_moments_of_the_chain(t):
    """thm-closed: 20,000 walks: mean and variance within five standard errors."""
    found, n = linear_schedule(1000), 20_000
    mean, variance = simulated_moments(found, np.full(n, 0.8), t, seed=t)
    noise = torch.randn(n, 1, generator=torch.Generator().manual_seed(t), dtype=torch.float64)
    x = q_sample(torch.full((n, 1), 0.8, dtype=torch.float64), torch.full((n,), t), noise, found)
    scale = (variance / n) ** 0.5
    assert abs(float(x.mean()) - mean) < 5 * scale * 2**0.5
    assert float(x.var()) == pytest.approx(variance, rel=5 * 2 * n**-0.5)


def test_q_sample_at_no_steps_is_the_data_and_by_default_the_papers_schedule():
    x0, noise = torch.ones(3, 1, 2, 2), torch.randn(3, 1, 2, 2)
    assert torch.equal(q_sample(x0, torch.zeros(3, dtype=torch.long), noise), x0)
    t = torch.tensor([1, 500, 1000])
    assert torch.equal(q_sample(x0, t, noise), q_sample(x0, t, noise, linear_schedule(1000)))


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_fewer_than_two_steps_are_refused(steps):
    for make in (linear_schedule, cosine_schedule):
        with pytest.raises(ValueError, match="at least 2 steps"):
            make(steps)


def test_a_shortened_schedule_is_refused_and_told_how_to_be_mended():
    """The trap: T = 300 with the paper's β leaves ᾱ_T at 0.048."""
    with pytest.raises(ValueError, match=r"0\.048.*Rescale β by 3\.3"):
        linear_schedule(300)
    scale = 1000 / 300
    assert linear_schedule(300, 1e-4 * scale, 0.02 * scale).alpha_bar[-1] <= 1e-3


@pytest.mark.parametrize("beta", [[0, 0.5, 1.0], [0, 0.5, -0.1], [0.1, 0.5, 0.9]])
def test_variances_that_are_none_are_refused(beta):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Schedule(torch.tensor(beta, dtype=torch.float64))


def test_unknown_kinds_and_time_steps_are_refused_by_name():
    with pytest.raises(ValueError, match="'square' is neither"):
        ScheduleConfig(kind="square").build()
    x = torch.zeros(1, 1, 2, 2)
    for t in (-1, 1001):
        with pytest.raises(ValueError, match="0 … 1000"):
            q_sample(x, torch.tensor([t]), x)
    with pytest.raises(ValueError, match="noise of shape"):
        q_sample(x, torch.tensor([1]), torch.zeros(1, 1, 3, 3))


def test_beta_taken_for_alpha_bar_is_caught(mutant):
    """Planted: the single step's variance in place of the product."""
    found, n = linear_schedule(1000), 4000
    mean, _ = simulated_moments(found, np.full(n, 0.8), 500, seed=0)
    wrong = mutant(
        schedule, "level = at(schedule.alpha_bar, t, x0)", "level = 1 - at(schedule.beta, t, x0)"
    )
    arguments = (torch.full((n, 1), 0.8), torch.full((n,), 500), torch.zeros(n, 1), found)
    assert float(q_sample(*arguments).mean()) == pytest.approx(mean, abs=0.08)
    assert abs(float(wrong.q_sample(*arguments).mean()) - mean) > 0.3


def test_time_off_by_one_is_caught(mutant):
    """Planted: ᾱ_{t−1} where ᾱ_t is meant; at t = 1 nothing would be added at all."""
    wrong = mutant(
        schedule,
        "level = at(schedule.alpha_bar, t, x0)",
        "level = at(schedule.alpha_bar, t - 1, x0)",
    )
    x0, noise, t = torch.zeros(1, 1), torch.ones(1, 1), torch.tensor([1])
    assert float(q_sample(x0, t, noise)) == pytest.approx(1e-2, rel=1e-3)  # √β_1
    assert float(wrong.q_sample(x0, t, noise)) == 0
