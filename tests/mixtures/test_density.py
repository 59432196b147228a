"""The E-step against 60-digit arithmetic, SciPy's density, and Bayes' rule."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from groundwork.mixtures import DegenerateComponentError, Mixture, e_step, log_joint


def random_mixture(k, d, seed, spread=1.0):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d))
    covariances = roots @ roots.transpose(0, 2, 1) + 0.2 * np.eye(d)
    return Mixture(rng.dirichlet(np.ones(k)), spread * rng.normal(size=(k, d)), covariances)


def exact(x, mixture):
    """Responsibilities and log-likelihood at 60 digits, by exp and a plain sum."""
    with mpmath.workdps(60):
        total, rows = mpmath.mpf(0), []
        for point in x:
            terms = []
            for j, weight in enumerate(mixture.weights):
                sigma = mpmath.matrix(mixture.covariances[j].tolist())
                gap = mpmath.matrix(point.tolist()) - mpmath.matrix(mixture.means[j].tolist())
                form = (gap.T * mpmath.lu_solve(sigma, gap))[0]
                norm = mpmath.sqrt((2 * mpmath.pi) ** len(point) * mpmath.det(sigma))
                terms.append(mpmath.mpf(weight) * mpmath.exp(-form / 2) / norm)
            total += mpmath.log(sum(terms))
            rows.append([float(t / sum(terms)) for t in terms])
        return np.array(rows), float(total)


@pytest.mark.parametrize("spread", [0.5, 3.0, 40.0, 300.0])
@pytest.mark.parametrize(("k", "d"), [(1, 1), (2, 1), (3, 2), (5, 4)])
def test_e_step_equals_sixty_digit_arithmetic(k, d, spread):
    """At spread 300 every density underflows to 0 in double precision."""
    mixture = random_mixture(k, d, seed=k + d, spread=spread)
    x = spread * np.random.default_rng(9).normal(size=(8, d))
    responsibilities, log_likelihood = e_step(x, mixture)
    expected, total = exact(x, mixture)
    np.testing.assert_allclose(responsibilities, expected, rtol=1e-9, atol=1e-12)
    assert log_likelihood == pytest.approx(total, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 40), st.integers(0, 10**6))
def test_log_joint_equals_scipy(k, d, n, seed):
    mixture = random_mixture(k, d, seed)
    x = 2 * np.random.default_rng(seed + 1).normal(size=(n, d))
    expected = np.stack(
        [
            np.log(w) + np.atleast_1d(multivariate_normal(m, c).logpdf(x))
            for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
        ],
        axis=1,
    )
    ours = log_joint(x, mixture)
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-9)
    responsibilities, log_likelihood = e_step(x, mixture)
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1, atol=1e-14)
    assert log_likelihood == pytest.approx(np.logaddexp.reduce(ours, axis=1).sum(), rel=1e-12)


def test_blocks_do_not_show(monkeypatch):
    from groundwork.mixtures import density

    mixture, x = random_mixture(3, 2, 0), np.random.default_rng(0).normal(size=(1000, 2))
    whole, total = e_step(x, mixture)
    monkeypatch.setattr(density, "BLOCK", 7)
    parts, sum_of_parts = e_step(x, mixture)
    np.testing.assert_allclose(parts, whole, atol=1e-14)
    assert sum_of_parts == pytest.approx(total, rel=1e-14)


def test_a_component_without_weight_takes_no_point():
    mixture = random_mixture(3, 2, 1)
    weights = np.array([0.5, 0.0, 0.5])
    silent = Mixture(weights, mixture.means, mixture.covariances)
    responsibilities, log_likelihood = e_step(mixture.means, silent)
    assert (responsibilities[:, 1] == 0).all()
    assert np.isfinite(log_likelihood)


def test_a_covariance_that_is_none_is_refused_by_component():
    mixture = random_mixture(2, 2, 2)
    mixture.covariances[1] = [[1.0, 2.0], [2.0, 1.0]]
    with pytest.raises(DegenerateComponentError, match="component 1") as caught:
        e_step(np.zeros((1, 2)), mixture)
    assert caught.value.component == 1


def test_a_component_that_has_nearly_collapsed_is_refused_by_name():
    mixture = random_mixture(3, 2, 2)
    mixture.covariances[1] = np.diag([1.0, 1e-14])
    e_step(np.zeros((1, 2)), mixture)  # without the data's scale there is nothing to judge by
    with pytest.raises(DegenerateComponentError, match="conditional variance") as caught:
        e_step(np.zeros((1, 2)), mixture, scale=np.ones(2))
    assert caught.value.component == 1
