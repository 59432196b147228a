"""The exact denoiser against the numerical gradient of its log density."""

import pytest
import torch

from groundwork.diffusion import linear_schedule
from groundwork.diffusion.oracle import MixtureDenoiser

SCHEDULE = linear_schedule(100, 1e-3, 0.2)
WEIGHTS = torch.tensor([0.6, 0.4])
MEANS = torch.tensor([[0.5, -0.5], [-0.6, 0.2]])


@pytest.mark.parametrize("deviations", [[0.1, 0.3], [0.0, 0.0]])
@pytest.mark.parametrize("t", [1, 20, 100])
def test_the_denoiser_is_the_scaled_score(deviations, t):
    """E[ε | x] = −√(1 − ᾱ) ∇ log q(x), by autograd and by differences; two points and two blobs."""
    exact = MixtureDenoiser(SCHEDULE, WEIGHTS, MEANS, torch.tensor(deviations))
    level = SCHEDULE.alpha_bar[t]
    near = level.sqrt() * MEANS.double() + 0.5 * (1 - level).sqrt()
    x, steps = near.clone().requires_grad_(), torch.full((2,), t)
    (score,) = torch.autograd.grad(exact.log_density(x, steps).sum(), x)
    assert torch.allclose(exact(x.detach(), steps), -(1 - level).sqrt() * score, rtol=1e-9)
    h = 1e-6
    for axis in range(2):
        nudge = torch.zeros(1, 2, dtype=torch.float64)
        nudge[0, axis] = h
        slope = exact.log_density(near + nudge, steps) - exact.log_density(near - nudge, steps)
        wanted = -(1 - level).sqrt() * slope / (2 * h)
        assert torch.allclose(exact(near, steps)[:, axis], wanted, rtol=1e-3, atol=1e-6)


def test_the_log_density_is_normalised():
    exact = MixtureDenoiser(SCHEDULE, WEIGHTS, MEANS, torch.tensor([0.2, 0.3]))
    axis = torch.linspace(-6, 6, 601, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    mass = exact.log_density(grid, torch.full((len(grid),), 30)).exp().sum() * 0.02**2
    assert float(mass) == pytest.approx(1, rel=1e-6)


def test_at_pure_noise_the_denoiser_returns_its_input():
    exact = MixtureDenoiser(linear_schedule(1000), WEIGHTS, MEANS, torch.tensor([0.1, 0.1]))
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    assert (exact(x, torch.full((50,), 1000)) - x).abs().max() < 0.02


def test_descriptions_that_are_no_mixture_are_refused():
    with pytest.raises(ValueError, match="no distribution"):
        MixtureDenoiser(SCHEDULE, torch.tensor([0.6, 0.6]), MEANS, torch.ones(2))
    with pytest.raises(ValueError, match="as many components"):
        MixtureDenoiser(SCHEDULE, WEIGHTS, MEANS, torch.ones(3))
