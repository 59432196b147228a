"""The ELBO and the gap to the log-likelihood."""

import numpy as np
import pytest

from groundwork.mixtures import Mixture, e_step, elbo, iterate, kl_divergence


def problem(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 2))
    roots = rng.normal(size=(3, 2, 2))
    covariances = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(2)
    return x, Mixture(rng.dirichlet(np.ones(3)), rng.normal(size=(3, 2)), covariances), rng


@pytest.mark.parametrize("seed", range(10))
def test_log_likelihood_is_elbo_plus_divergence_for_every_q(seed):
    """Checks Theorem thm-split."""
    x, mixture, rng = problem(seed)
    posterior, log_likelihood = e_step(x, mixture)
    for q in (rng.dirichlet(np.ones(3), size=60), np.eye(3)[rng.integers(3, size=60)]):
        gap = kl_divergence(q, posterior)
        assert gap > 0
        assert elbo(x, q, mixture) + gap == pytest.approx(log_likelihood, rel=1e-12)
    assert elbo(x, posterior, mixture) == pytest.approx(log_likelihood, rel=1e-12)
    assert kl_divergence(posterior, posterior) == 0


@pytest.mark.parametrize("seed", range(5))
def test_both_half_steps_raise_the_bound(seed):
    """Checks Theorem thm-monotone: ℓ(θ) = F(r, θ) ≤ F(r, θ') ≤ ℓ(θ')."""
    x, mixture, _ = problem(seed)
    steps = iterate(x, mixture)
    now = next(steps)
    for _ in range(15):
        after = next(steps)
        middle = elbo(x, now.responsibilities, after.mixture)
        assert middle >= now.log_likelihood - 1e-10
        assert after.log_likelihood >= middle - 1e-10
        now = after


def test_divergence_is_infinite_where_the_other_gives_no_chance():
    assert kl_divergence(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])) == np.inf
