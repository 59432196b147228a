"""Starts: k-means++ frequencies, and what is refused."""

import numpy as np
import pytest

from groundwork.mixtures import Mixture, plus_plus_means, starting_mixture


def test_second_centre_is_drawn_by_squared_distance():
    """Points 0, 1, 3 on a line: from 0 the chances are 1:9, from 1 they are 1:4, from 3 9:4."""
    x = np.array([[0.0], [1.0], [3.0]])
    rng, draws = np.random.default_rng(0), 6000
    pairs = np.zeros((3, 3))
    for _ in range(draws):
        first, second = plus_plus_means(x, 2, rng)[:, 0]
        pairs[np.searchsorted(x[:, 0], first), np.searchsorted(x[:, 0], second)] += 1
    expected = np.array([[0, 0.1, 0.9], [0.2, 0, 0.8], [9 / 13, 4 / 13, 0]]) / 3
    assert np.abs(pairs / draws - expected).max() < 4 * (0.25 / draws) ** 0.5


def test_fewer_distinct_points_than_components_still_yields_means():
    assert plus_plus_means(np.ones((5, 2)), 3, np.random.default_rng(0)).shape == (3, 2)


@pytest.mark.parametrize("init", [None, "kmeans++", "random"])
def test_starts_are_distinct_points_with_equal_weights_and_one_covariance(init):
    x = np.random.default_rng(1).normal(size=(50, 2))
    start = starting_mixture(x, 3, init, np.random.default_rng(2))
    np.testing.assert_allclose(start.weights, 1 / 3)
    spread = x
    if init != "random":
        gaps = ((x[:, None] - start.means) ** 2).sum(axis=2)
        spread = x - start.means[gaps.argmin(axis=1)]
    np.testing.assert_allclose(start.covariances[1], np.cov(spread.T, bias=True))
    assert all((x == mean).all(axis=1).any() for mean in start.means)
    assert len(np.unique(start.means, axis=0)) == 3


def test_parameters_may_be_given_as_a_mixture_a_triple_or_means():
    x = np.random.default_rng(1).normal(size=(50, 2))
    rng = np.random.default_rng(0)
    parts = (np.array([0.4, 0.6]), x[:2], np.tile(np.eye(2), (2, 1, 1)))
    for init in (Mixture(*parts), parts, list(parts)):
        start = starting_mixture(x, 2, init, rng)
        np.testing.assert_array_equal(start.weights, parts[0])
    np.testing.assert_array_equal(starting_mixture(x, 2, x[4:6], rng).means, x[4:6])


@pytest.mark.parametrize(
    "init",
    [
        "best",
        np.zeros((3, 2)),
        (np.array([0.5, 0.6]), np.zeros((2, 2)), np.tile(np.eye(2), (2, 1, 1))),
        (np.array([0.5, 0.5]), np.zeros((2, 2)), np.eye(2)),
        (np.array([0.5, 0.5]), np.full((2, 2), np.nan), np.tile(np.eye(2), (2, 1, 1))),
        (np.array([0.5, 0.5]), np.zeros((2, 2)), np.tile([[1.0, 0.5], [0.0, 1.0]], (2, 1, 1))),
        Mixture(np.ones(1), np.zeros((1, 2)), np.eye(2)[None]),
    ],
)
def test_starts_that_are_none_are_refused(init):
    with pytest.raises(ValueError):  # noqa: PT011  (each with its own message)
        starting_mixture(np.zeros((5, 2)), 2, init, np.random.default_rng(0))
