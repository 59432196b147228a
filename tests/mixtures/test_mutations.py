"""Known bugs planted on purpose: each check that holds for the library must go red."""

import warnings
from itertools import islice

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as Peer

from groundwork.mixtures import Mixture, bound, density, em, maximize
from groundwork.mixtures.initial import starting_mixture


def blobs(n=150, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    x = centres[rng.integers(3, size=n)] + rng.normal(size=(n, 2))
    return x, starting_mixture(x, 3, "random", rng)


def worst_step(module, floor=0.0, rule="clip", steps=60):
    worst = 0.0
    for seed in range(12):
        x, start = blobs(seed=seed)
        path = list(islice(module.iterate(x, start, floor=floor, rule=rule), steps))
        plain = np.array([step.log_likelihood for step in path])
        worst = min(worst, (np.diff(plain) / np.abs(plain[1:])).min())
    return worst


def test_stale_responsibilities_are_caught(mutant):
    """Weights from fresh responsibilities, means and covariances from those of the step before."""
    assert worst_step(em) >= -1e-12
    stale = mutant(em, "mixture = m_step(x, resp", "mixture = STALE(x, resp")
    held: list[tuple[np.ndarray, np.ndarray]] = []

    def half_stale(x, responsibilities, previous, **options):
        old = held[-1][1] if held and held[-1][0] is x else responsibilities
        held.append((x, responsibilities))
        fresh = maximize.m_step(x, responsibilities, previous, **options)
        late = maximize.m_step(x, old, previous, **options)
        return Mixture(fresh.weights, late.means, late.covariances)

    stale.STALE = half_stale
    assert worst_step(stale) < -1e-9


def test_wholly_stale_responsibilities_stay_monotone_and_are_caught_by_the_peer(mutant):
    """One E-step late altogether, EM only walks at half speed: monotonicity cannot see it."""
    x, start = blobs()
    late = mutant(
        em, "mixture = m_step(x, responsibilities,", "mixture = LATE(x, responsibilities,"
    )
    queue: list[np.ndarray] = []

    def one_late(x, responsibilities, previous, **options):
        queue.append(responsibilities)
        return maximize.m_step(x, queue[max(0, len(queue) - 2)], previous, **options)

    late.LATE = one_late
    wrong = list(islice(late.iterate(x, start), 11))
    right = list(islice(em.iterate(x, start), 11))
    assert (np.diff([step.log_likelihood for step in wrong]) >= -1e-9).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ten steps are not convergence, it says
        peer = Peer(
            3,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=np.linalg.inv(start.covariances),
            max_iter=10,
            tol=0,
            reg_covar=0,
        ).fit(x)
    assert np.abs(right[-1].mixture.means - peer.means_).max() < 1e-9
    assert np.abs(wrong[-1].mixture.means - peer.means_).max() > 1e-3


def test_a_missing_log_sum_exp_is_caught(mutant):
    mixture = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [100.0]]), np.ones((2, 1, 1)))
    x = np.array([[50.0]])  # exp(−1250) is 0 in double precision
    assert density.e_step(x, mixture)[1] == pytest.approx(-1250 - 0.5 * np.log(2 * np.pi))
    wrong = mutant(density, "largest = joint.max(axis=0)", "largest = np.zeros(joint.shape[1])")
    with np.errstate(all="ignore"):
        assert not np.isfinite(wrong.e_step(x, mixture)[1])


def test_covariances_about_the_old_mean_are_caught(mutant):
    x, start = blobs()
    responsibilities = density.e_step(x, start)[0]
    cov = np.cov(x.T, aweights=responsibilities[:, 0], ddof=0)
    right = maximize.m_step(x, responsibilities, start).covariances[0]
    np.testing.assert_allclose(right, cov, atol=1e-12)
    wrong = mutant(maximize, "x[rows] - means[:, None, :]", "x[rows] - previous.means[:, None, :]")
    assert np.abs(wrong.m_step(x, responsibilities, start).covariances[0] - cov).max() > 1e-2


def test_the_plain_claim_under_an_added_floor_is_caught(mutant):
    """Clipping replaced by + εI: the log-likelihood that was promised to rise falls."""
    assert worst_step(em, floor=0.05) >= -1e-12
    planted = mutant(maximize, 'if rule != "clip":', "if True:")
    wrong = mutant(em, "mixture = m_step(x,", "mixture = PLANTED(x,")
    wrong.PLANTED = planted.m_step
    assert worst_step(wrong, floor=0.05) < -1e-9


def test_a_floor_without_its_penalty_in_the_e_step_is_caught(mutant):
    """Checks Theorem thm-noise: Σ + εI without ½ε tr Σ⁻¹ in the E-step ascends nothing."""

    def worst_objective(module):
        worst = 0.0
        for seed in range(12):
            x, start = blobs(40, seed)
            path = list(islice(module.iterate(x, start, floor=0.3, rule="noise"), 60))
            scores = [density.e_step(x, step.mixture, noise=0.3)[1] for step in path]
            worst = min(worst, (np.diff(scores) / np.abs(scores[1:])).min())
        return worst

    assert worst_objective(em) >= -1e-12
    wrong = mutant(em, 'noise = floor if rule == "noise" else 0.0', "noise = 0.0")
    assert worst_objective(wrong) < -1e-9


def test_a_bound_without_its_entropy_is_caught(mutant):
    x, start = blobs()
    posterior, log_likelihood = density.e_step(x, start)
    assert bound.elbo(x, posterior, start) == pytest.approx(log_likelihood, rel=1e-12)
    wrong = mutant(bound, " - _times(q, _log(q)))", ")")
    assert abs(wrong.elbo(x, posterior, start) - log_likelihood) > 1
