"""Reverse processes against Bayes' rule, Gaussians with known answers, and exact mixtures."""

import math

import pytest
import torch

from groundwork.diffusion import ddim_sample, linear_schedule, p_sample_loop, sampling
from groundwork.diffusion.oracle import MixtureDenoiser, bayes_posterior
from groundwork.diffusion.sampling import posterior_mean, predict_x0, slerp, visited_steps

SCHEDULE = linear_schedule(200, 5e-4, 0.1)
POINT = (torch.tensor([1.0]), torch.tensor([[0.3]]), torch.tensor([0.0]))


def gaussian(deviation, mean=0.0, schedule=SCHEDULE):
    return MixtureDenoiser(
        schedule, torch.ones(1), torch.tensor([[mean]]), torch.tensor([deviation])
    )


def noises(shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("t", "s"), [(20, 19), (200, 199), (200, 120), (2, 1)])
def test_the_posterior_is_bayes_rule(t, s):
    """thm-posterior: against Bayes on a grid."""
    for x0, x in [(0.8, 0.1), (-0.3, 1.4)]:
        mean, variance = bayes_posterior(SCHEDULE, x0, x, t, s)
        wide = [torch.tensor(v, dtype=torch.float64) for v in (x0, x)]
        assert float(posterior_mean(SCHEDULE, *wide, t, s)) == pytest.approx(mean, abs=1e-9)
        assert SCHEDULE.posterior_variance(t, s) == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("t", [2, 50, 200])
def test_the_mean_in_terms_of_noise_is_the_papers(t):
    """thm-epsilon: (x_t − β_t / √(1 − ᾱ_t) ε) / √α_t (equation 11 of the paper), from the x_0 it implies."""
    x, noise = noises((2, 5), 0).double()
    beta, level = SCHEDULE.beta[t], SCHEDULE.alpha_bar[t]
    wanted = (x - beta / (1 - level).sqrt() * noise) / (1 - beta).sqrt()
    x0 = predict_x0(SCHEDULE, x, noise, t, clip=False)
    assert torch.allclose(posterior_mean(SCHEDULE, x0, x, t, t - 1), wanted, rtol=1e-10)


def chain_variance(deviation, variance):
    """The exact variance at t = 0 of ancestral sampling from N(0, σ²): a chain of linear maps."""
    now = 1.0
    for t in range(200, 0, -1):
        level, earlier = (float(SCHEDULE.alpha_bar[i]) for i in (t, t - 1))
        kept, total = level / earlier, level * deviation**2 + 1 - level
        x0 = math.sqrt(level) * deviation**2 / total  # E[x_0 | x_t] / x_t
        slope = math.sqrt(earlier) * (1 - kept) / (1 - level) * x0
        slope += math.sqrt(kept) * (1 - earlier) / (1 - level)
        tilde = (1 - earlier) * (1 - kept) / (1 - level)
        now = slope**2 * now + (0 if t == 1 else {"posterior": tilde, "beta": 1 - kept}[variance])
    return now


@pytest.mark.parametrize("variance", ["posterior", "beta"])
@pytest.mark.parametrize("deviation", [0.2, 0.7])
def test_ancestral_sampling_of_a_gaussian_has_the_variance_of_the_exact_chain(variance, deviation):
    n = 6000
    drawn = p_sample_loop(gaussian(deviation), (n, 1), 3, variance=variance, clip=False, batch=n)
    wanted = chain_variance(deviation, variance)
    assert float(drawn.var()) == pytest.approx(wanted, rel=5 * (2 / n) ** 0.5)
    assert abs(float(drawn.mean())) < 5 * (wanted / n) ** 0.5


def test_ddim_converges_to_the_exact_flow_of_a_gaussian_at_first_order():
    """The flow carries N(0, 1) to N(0, σ²) by a factor: the error halves when the calls double."""
    exact, start = gaussian(0.5), torch.full((1, 1), 1.7, dtype=torch.float64)
    level = float(SCHEDULE.alpha_bar[-1])
    wanted = 1.7 * 0.5 / math.sqrt(level * 0.25 + 1 - level)
    errors = [
        abs(float(ddim_sample(exact, (1, 1), 0, calls=k, clip=False, start=start)) - wanted)
        for k in (50, 100, 200)
    ]
    assert errors[2] < 0.03
    assert 1.6 < errors[0] / errors[1] < 2.6
    assert 1.6 < errors[1] / errors[2] < 2.6


def test_ancestral_sampling_is_ddim_with_eta_one():
    """prp-ddim: The same draws, so the same samples: two formulas of one process."""
    exact = gaussian(0.4, 0.2)
    for clip in (False, True):
        first = p_sample_loop(exact, (20, 1), 5, calls=40, clip=clip)
        second = ddim_sample(exact, (20, 1), 5, calls=40, eta=1.0, clip=clip)
        assert torch.allclose(first, second, atol=2e-4)


def test_samplers_give_back_the_weights_of_a_mixture():
    weights = torch.tensor([0.5, 0.3, 0.2])
    means = torch.tensor([[0.7, 0.0], [-0.5, 0.6], [-0.4, -0.7]])
    exact = MixtureDenoiser(SCHEDULE, weights, means, torch.tensor([0.05, 0.1, 0.15]))
    n = 2000
    for drawn in (
        p_sample_loop(exact, (n, 2), 0, clip=False, batch=n),
        ddim_sample(exact, (n, 2), 0, calls=100, clip=False, batch=n),
    ):
        part = (drawn[:, None] - means).square().sum(dim=2).argmin(dim=1)
        shares = torch.bincount(part, minlength=3) / n
        assert ((shares - weights).abs() < 4 * (weights * (1 - weights) / n).sqrt()).all()


def test_data_of_one_point_is_found_exactly_and_without_grain():
    point = MixtureDenoiser(SCHEDULE, *POINT)
    for drawn in (
        p_sample_loop(point, (50, 1), 0, clip=False),
        ddim_sample(point, (50, 1), 0, calls=10, clip=False),
    ):
        assert (drawn - 0.3).abs().max() < 1e-4


def test_samples_depend_on_the_seed_alone(small):
    shape = (6, 1, 8, 8)
    first = ddim_sample(small, shape, 3, calls=5)
    assert torch.equal(first, ddim_sample(small, shape, 3, calls=5))
    assert torch.allclose(first, ddim_sample(small, shape, 3, calls=5, batch=2), atol=1e-5)
    assert not torch.allclose(first, ddim_sample(small, shape, 4, calls=5), atol=0.1)


@pytest.mark.parametrize("sampler", [p_sample_loop, ddim_sample])
def test_the_grid_starts_from_pure_noise_and_from_nothing_else(small, sampler):
    """The first state seen is the seed's standard normal: no real picture, however noised."""
    seen = []
    sampler(small, (40, 1, 8, 8), 9, calls=10, watch=lambda t, x, x0: seen.append((t, x, x0)))
    times = [t for t, _, _ in seen]
    assert times[0] == small.schedule.steps
    assert times[-1] == 0
    assert times == sorted(times, reverse=True)
    assert torch.equal(seen[0][1], noises((40, 1, 8, 8), 9))
    assert torch.equal(seen[-1][1], seen[-1][2])


def test_a_walk_between_noises_stays_as_long_as_noise():
    first, second = noises((2, 1, 28, 28), 0)
    way = slerp(first, second, torch.linspace(0, 1, 5))
    assert torch.allclose(way[0], first, atol=1e-4)
    assert torch.allclose(way[-1], second, atol=1e-4)
    lengths = way.flatten(1).norm(dim=1)
    assert lengths.min() > 0.97 * min(first.norm(), second.norm())


def test_visited_steps_end_at_the_data_and_refuse_too_many():
    assert visited_steps(1000, 50)[:2] == [1000, 980]
    assert visited_steps(1000, 50)[-1] == 0
    assert visited_steps(7, 7) == [7, 6, 5, 4, 3, 2, 1, 0]
    for calls in (0, 8):
        with pytest.raises(ValueError, match="do not fit"):
            visited_steps(7, calls)


def test_bad_options_are_refused(small):
    with pytest.raises(ValueError, match="neither posterior nor beta"):
        p_sample_loop(small, (1, 1, 8, 8), 0, variance="gamma")
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        ddim_sample(small, (1, 1, 8, 8), 0, eta=2.0)
    with pytest.raises(ValueError, match="a start of shape"):
        ddim_sample(small, (2, 1, 8, 8), 0, calls=2, start=torch.zeros(1, 1, 8, 8))


def test_noise_at_the_last_step_is_caught():
    """Planted by option: on data of one point it leaves grain of √β_1."""
    point = MixtureDenoiser(SCHEDULE, *POINT)
    grainy = p_sample_loop(point, (400, 1), 0, clip=False, last_noise=True)
    assert float(grainy.std()) == pytest.approx(float(SCHEDULE.beta[1].sqrt()), rel=0.2)


def test_a_time_step_off_by_one_in_the_sampler_is_caught(mutant):
    wrong = mutant(
        sampling,
        "model(rows.to(device), torch.full((len(rows),), t, device=device)).cpu()",
        "model(rows.to(device), torch.full((len(rows),), max(t - 20, 1), device=device)).cpu()",
    )
    n, exact = 3000, gaussian(0.2)
    right = float(p_sample_loop(exact, (n, 1), 0, clip=False, batch=n).var())
    assert right == pytest.approx(chain_variance(0.2, "posterior"), rel=0.13)
    drawn = float(wrong.p_sample_loop(exact, (n, 1), 0, clip=False, batch=n).var())
    assert abs(drawn / chain_variance(0.2, "posterior") - 1) > 0.13


def test_a_sampler_that_starts_from_a_noised_picture_is_caught(mutant, small):
    """Planted: x_T replaced by a real image's; its mean gives it away, and so does the seed's noise."""
    wrong = mutant(
        sampling,
        "    x = torch.randn(shape, generator=generator)\n    path",
        "    x = 0.3 + torch.randn(shape, generator=generator)\n    path",
    )
    seen = []
    wrong.p_sample_loop(
        small, (40, 1, 8, 8), 9, calls=3, watch=lambda *found: seen.append(found[1])
    )
    assert not torch.equal(seen[0], noises((40, 1, 8, 8), 9))


@pytest.mark.parametrize("sampler", [ddim_sample, p_sample_loop])
def test_calls_side_by_side_give_the_same_samples(sampler):
    """Seven rows in four calls of at most two, in order, whichever ends first."""
    shape = (7, 1)
    alone = sampler(gaussian(0.5), shape, 3, calls=5)
    assert torch.equal(sampler(gaussian(0.5), shape, 3, calls=5, batch=2, workers=3), alone)
