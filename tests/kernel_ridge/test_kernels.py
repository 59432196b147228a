"""Kernels against pairs of points taken one at a time, scikit-learn, and explicit features."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import rbf_kernel as peer_rbf

from groundwork.kernel_ridge import (
    polynomial_features,
    polynomial_kernel,
    rbf_features,
    rbf_kernel,
    squared_distances,
)


def pair_by_pair(a, b):
    return np.array([[math.fsum((p - q) ** 2) for q in b] for p in a])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 7), st.integers(1, 5), st.integers(0, 10**6))
def test_squared_distances_equal_differences_pair_by_pair(n, m, d, seed):
    rng = np.random.default_rng(seed)
    offset = 10.0 ** rng.uniform(-3, 6)
    a, b = rng.normal(size=(n, d)) + offset, rng.normal(size=(m, d)) + offset
    ours = squared_distances(a, b)
    assert ours.min() >= 0
    np.testing.assert_allclose(ours, pair_by_pair(a, b), rtol=1e-9, atol=0)


def test_repeated_points_have_no_negative_distance():
    x = np.repeat(np.random.default_rng(0).normal(size=(40, 6)), 5, axis=0)
    distances = squared_distances(x, x)
    assert distances.min() == 0
    assert (np.diagonal(distances) == 0).all()
    assert rbf_kernel(x, x, 0.1).max() <= 1


@pytest.mark.parametrize("length_scale", [1e-3, 0.3, 1.0, 7.0, 1e4])
def test_rbf_equals_scikit_learn_at_gamma_one_over_two_sigma_squared(length_scale):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(30, 4)), rng.normal(size=(20, 4))
    ours = rbf_kernel(a, b, length_scale)
    np.testing.assert_allclose(ours, peer_rbf(a, b, 1 / (2 * length_scale**2)), atol=1e-9)


def test_extreme_length_scales_neither_overflow_nor_divide_by_zero():
    x = np.array([[0.0], [1.0]])
    np.testing.assert_array_equal(rbf_kernel(x, x, 1e-200), np.eye(2))
    np.testing.assert_array_equal(rbf_kernel(x, x, 1e200), np.ones((2, 2)))


@pytest.mark.parametrize("length_scale", [1e-9, 1e-6, 1e-3, 1.0, 1e3])
def test_rbf_is_right_at_every_length_scale_beside_a_far_point(length_scale):
    rng = np.random.default_rng(9)
    x = np.concatenate([length_scale * rng.normal(size=(30, 2)), [[1e3, 1e3]]])
    exact = np.exp(-pair_by_pair(x, x) / (2 * length_scale**2))
    np.testing.assert_allclose(rbf_kernel(x, x, length_scale), exact, rtol=0, atol=1e-10)


@pytest.mark.parametrize("length_scale", [0.0, -1.0, np.nan, np.inf])
def test_a_length_scale_that_is_no_length_is_refused(length_scale):
    with pytest.raises(ValueError, match="length_scale"):
        rbf_kernel(np.zeros((1, 1)), np.zeros((1, 1)), length_scale)


@pytest.mark.parametrize(("d", "degree"), [(1, 1), (1, 5), (2, 3), (3, 4)])
def test_polynomial_kernel_is_the_inner_product_of_its_features(d, degree):
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(8, d)), rng.normal(size=(6, d))
    features = polynomial_features(a, degree, 0.7), polynomial_features(b, degree, 0.7)
    assert features[0].shape == (8, math.comb(d + degree, degree))
    np.testing.assert_allclose(
        features[0] @ features[1].T, polynomial_kernel(a, b, degree, 0.7), rtol=1e-11, atol=1e-11
    )


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("degree", [0, 2, 5, 9])
def test_truncated_features_stay_within_the_tail_bound(d, degree):
    """Checks Theorem thm-rbf: explicit features, and the bound on what is left out."""
    rng = np.random.default_rng(3)
    sigma, x = 0.8, rng.uniform(-1, 1, size=(20, d))
    features = rbf_features(x, sigma, degree)
    assert features.shape[1] == math.comb(d + degree, degree)
    missing = np.abs(rbf_kernel(x, x, sigma) - features @ features.T)
    size = np.linalg.norm(x, axis=1) / sigma
    t = np.outer(size, size)
    damping = np.exp(-0.5 * (size[:, None] ** 2 + size[None] ** 2))
    bound = damping * np.exp(t) * t ** (degree + 1) / math.factorial(degree + 1)
    assert (missing <= bound + 1e-14).all()
    assert missing.max() > 0  # the series has not ended: no finite degree is the kernel


@pytest.mark.parametrize("seed", range(20))
def test_distinct_points_have_a_strictly_positive_definite_gram_matrix(seed):
    """Checks Theorem thm-strict, where double precision can still see it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(12, 2))
    assert np.linalg.eigvalsh(rbf_kernel(x, x, 0.5)).min() > 0
    repeated = np.concatenate([x, x[:1]])
    assert abs(np.linalg.eigvalsh(rbf_kernel(repeated, repeated, 0.5)).min()) < 1e-14
