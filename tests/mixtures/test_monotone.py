"""The log-likelihood never falls, from random starts, with and without a floor."""

from itertools import islice

import numpy as np
import pytest

from groundwork.mixtures import (
    DegenerateComponentError,
    GaussianMixture,
    Mixture,
    e_step,
    iterate,
    starting_mixture,
)


def worst_step(history):
    return (np.diff(history) / np.maximum(1, np.abs(history[1:]))).min(initial=0.0)


def start(seed):
    """Random data (3 overlapping clusters, 1 to 3 dimensions, 12 to 150 points) and a start."""
    rng = np.random.default_rng(seed)
    d, n, k = int(rng.integers(1, 4)), int(rng.integers(12, 150)), int(rng.integers(1, 7))
    centres = 1.5 * rng.normal(size=(3, d))
    x = (centres[rng.integers(3, size=n)] + rng.normal(size=(n, d))) * 10.0 ** rng.uniform(-3, 3)
    return x, starting_mixture(x, k, "random", rng)


def objectives(seed, relative_floor, rule, steps=60):
    x, first = start(seed)
    floor = relative_floor * float(x.var(axis=0).min())
    path = list(islice(iterate(x, first, floor=floor, rule=rule), steps))
    return np.array([s.log_likelihood for s in path]), np.array([s.objective for s in path])


def test_log_likelihood_never_falls_or_the_collapse_is_reported():
    """Checks Theorem thm-monotone on 500 random starts without a floor."""
    collapsed = 0
    for seed in range(500):
        x, first = start(seed)
        history = []
        try:
            for step in islice(iterate(x, first), 60):
                history.append(step.log_likelihood)
        except DegenerateComponentError:
            collapsed += 1
        assert worst_step(np.array(history)) >= -1e-12, seed
    assert 0 < collapsed < 250  # the starts do reach the hard region, and do not live there


@pytest.mark.parametrize("relative_floor", [1e-8, 1e-4, 1e-1])
def test_clipping_keeps_the_plain_log_likelihood_monotone(relative_floor):
    """Checks Theorem thm-clip."""
    for seed in range(80):
        plain, _ = objectives(seed, relative_floor, "clip")
        assert worst_step(plain) >= -1e-12, seed


@pytest.mark.parametrize("relative_floor", [1e-6, 1e-3, 1e-1])
def test_the_noise_rule_keeps_its_penalised_objective_monotone(relative_floor):
    """Checks Theorem thm-noise."""
    for seed in range(80):
        _, objective = objectives(seed, relative_floor, "noise")
        assert worst_step(objective) >= -1e-12, seed


def test_adding_to_the_diagonal_makes_the_plain_log_likelihood_fall():
    """Checks Example exm-add: the promise that libraries' εI breaks, where clipping keeps it."""
    falls = [worst_step(objectives(seed, 1e-2, "add")[0]) for seed in range(80)]
    assert min(falls) < -1e-6
    assert min(worst_step(objectives(seed, 1e-2, "clip")[0]) for seed in range(80)) >= -1e-12


@pytest.mark.parametrize("d", [1, 3])
def test_the_likelihood_has_no_upper_bound(d):
    """Checks Proposition prp-collapse: the bound of its proof, and d nats for every e-fold of s."""
    x = np.random.default_rng(1).normal(size=(20, d))
    scores = []
    for s in np.exp(-np.arange(30.0, 200.0, 10.0)):
        covariances = np.stack([s**2 * np.eye(d), np.eye(d)])
        trap = Mixture(np.array([0.5, 0.5]), np.stack([x[0], np.zeros(d)]), covariances)
        scores.append(e_step(x, trap)[1])
        broad = -0.5 * (x[1:] ** 2).sum(axis=1) - 0.5 * d * np.log(2 * np.pi)
        bound = 20 * np.log(0.5) - 0.5 * d * np.log(2 * np.pi * s**2) + broad.sum()
        assert scores[-1] >= bound - 1e-9
    np.testing.assert_allclose(np.diff(scores), 10 * d, rtol=1e-9)


def test_collapse_on_one_point_is_detected_and_cured_by_the_floor():
    x = np.concatenate([np.random.default_rng(0).normal(size=(40, 2)), [[5.0, 5.0]]])
    narrow = np.stack([np.eye(2), 1e-3 * np.eye(2)])
    trap = Mixture(np.array([0.97, 0.03]), np.array([[0.0, 0.0], [5.0, 5.0]]), narrow)
    with pytest.raises(DegenerateComponentError, match=r"component 1.*covariance_floor"):
        GaussianMixture(2, init=trap).fit(x)
    cured = GaussianMixture(2, init=trap, covariance_floor=0.05).fit(x)
    np.testing.assert_allclose(cured.covariances_[1], 0.05 * np.eye(2), atol=1e-15)
    assert worst_step(cured.log_likelihood_history_) >= -1e-12
