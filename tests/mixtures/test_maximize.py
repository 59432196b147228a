"""The M-step against weighted NumPy moments, and against every nearby rival."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from groundwork.mixtures import DegenerateComponentError, Mixture, floored, m_step


def problem(n=200, d=3, k=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) + rng.normal(size=d) * 10
    start = Mixture(np.full(k, 1 / k), x[:k], np.tile(np.eye(d), (k, 1, 1)))
    return x, rng.dirichlet(np.ones(k), size=n), start


def expected_log_likelihood(x, r, mixture):
    total = 0.0
    for j in range(len(mixture.weights)):
        density = multivariate_normal(mixture.means[j], mixture.covariances[j]).logpdf(x)
        total += (r[:, j] * (np.log(mixture.weights[j]) + density)).sum()
    return total


def test_moments_equal_numpys_weighted_ones():
    x, r, start = problem()
    result = m_step(x, r, start)
    np.testing.assert_allclose(result.weights, r.mean(axis=0), atol=1e-14)
    for j in range(4):
        np.testing.assert_allclose(result.means[j], np.average(x, axis=0, weights=r[:, j]))
        cov = np.cov(x, rowvar=False, aweights=r[:, j], ddof=0)
        np.testing.assert_allclose(result.covariances[j], cov, atol=1e-12)


@pytest.mark.parametrize("size", [1e-1, 1e-2, 1e-3])
def test_no_nearby_mixture_scores_better(size):
    """Checks Theorem thm-mstep: the moments maximise the expected log-likelihood."""
    x, r, start = problem()
    best = m_step(x, r, start)
    top = expected_log_likelihood(x, r, best)
    rng = np.random.default_rng(1)
    for _ in range(40):
        weights = best.weights * np.exp(size * rng.normal(size=4))
        tilt = np.eye(3) + size * rng.normal(size=(4, 3, 3))
        rival = Mixture(
            weights / weights.sum(),
            best.means + size * rng.normal(size=(4, 3)),
            tilt @ best.covariances @ tilt.transpose(0, 2, 1),
        )
        assert expected_log_likelihood(x, r, rival) < top


def test_log_determinant_plus_trace_is_smallest_at_s():
    """Checks Lemma lem-logdet, with the gap that its proof names: Σ(e − log e − 1) ≥ 0."""
    rng = np.random.default_rng(4)

    def h(sigma, s):
        return np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, s))

    for size in (1e-2, 1.0, 10.0):
        for _ in range(20):
            root, tilt = rng.normal(size=(3, 3)), np.eye(3) + size * rng.normal(size=(3, 3))
            s = root @ root.T
            sigma = tilt @ s @ tilt.T
            e = np.linalg.eigvals(np.linalg.solve(sigma, s)).real
            gap = h(sigma, s) - h(s, s)
            assert gap > 0
            assert gap == pytest.approx((e - np.log(e) - 1).sum(), rel=1e-6, abs=1e-9)


def test_clipped_covariance_is_the_best_that_obeys_the_floor():
    """Checks Lemma lem-clip: −log det Σ − tr(Σ⁻¹S) over Σ ⪰ εI, against random feasible rivals."""
    rng = np.random.default_rng(2)

    def score(sigma, s):
        return -np.linalg.slogdet(sigma)[1] - np.trace(np.linalg.solve(sigma, s))

    for _ in range(50):
        root = rng.normal(size=(3, 3)) * np.array([2.0, 0.5, 0.02])
        s = root @ root.T
        best = floored(s[None], 0.3, "clip")[0][0]
        assert np.linalg.eigvalsh(best).min() >= 0.3 * (1 - 1e-12)
        for size in (1e-3, 1e-2, 0.3, 2.0):
            move = size * rng.normal(size=(3, 3))
            rival = floored((best + move + move.T)[None], 0.3, "clip")[0][0]
            assert score(rival, s) <= score(best, s) + 1e-12


def test_noisy_covariance_is_the_best_for_its_penalised_objective():
    """Checks Theorem thm-noise: Σ = S + εI maximises −log det Σ − tr(Σ⁻¹(S + εI))."""
    rng = np.random.default_rng(3)
    root = rng.normal(size=(3, 3))
    s = root @ root.T
    best = floored(s[None], 0.1, "noise")[0][0]
    np.testing.assert_allclose(best, s + 0.1 * np.eye(3))
    for _ in range(100):
        tilt = np.eye(3) + 0.1 * rng.normal(size=(3, 3))
        rival = tilt @ best @ tilt.T

        def score(sigma):
            return -np.linalg.slogdet(sigma)[1] - np.trace(np.linalg.solve(sigma, best))

        assert score(rival) < score(best)


def test_a_component_without_points_is_an_error_or_stays_where_it_was():
    x, r, start = problem()
    r[:, 2] = 0
    with pytest.raises(DegenerateComponentError, match=r"component 2.*no point"):
        m_step(x, r, start)
    kept = m_step(x, r, start, floor=0.1)
    np.testing.assert_array_equal(kept.means[2], start.means[2])
    assert kept.weights[2] == 0


def test_far_from_the_origin_covariances_keep_their_digits():
    x, r, start = problem()
    near = m_step(x, r, start).covariances
    far = m_step(x + 1e6, r, start).covariances
    np.testing.assert_allclose(far, near, atol=1e-8)
