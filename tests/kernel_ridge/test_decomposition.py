"""Bias and variance against an estimator for which both are known in closed form."""

import numpy as np
import pytest

from groundwork.kernel_ridge import KernelRidge, decompose, rbf_kernel


def test_decomposition_matches_the_closed_form_of_a_linear_smoother():
    """Checks Proposition prp-tradeoff: f = s·y has bias s·f₀ − f₀(x) and variance σ²|s|²."""
    rng = np.random.default_rng(0)
    x, grid, noise = np.linspace(0, 1, 20), np.linspace(0, 1, 9), 0.3
    truth, truth_grid = np.sin(6 * x), np.sin(6 * grid)
    kernel = rbf_kernel(x[:, None], x[:, None], 0.2) + 0.1 * np.eye(20)
    smoother = np.linalg.solve(kernel, rbf_kernel(x[:, None], grid[:, None], 0.2)).T  # (g, n)
    repeats = 4000
    targets = truth + noise * rng.standard_normal((repeats, 20))
    fits = KernelRidge(length_scale=0.2, penalty=0.1).fit(x, targets.T).predict(grid).T
    result = decompose(fits, truth_grid)
    variance = noise**2 * (smoother**2).sum(axis=1)
    bias = smoother @ truth - truth_grid
    np.testing.assert_allclose(result.variance, variance, rtol=5 * (2 / repeats) ** 0.5)
    tolerance = 5 * (2 * np.abs(bias) * (variance / repeats) ** 0.5 + variance / repeats)
    assert (np.abs(result.bias_squared - bias**2) <= tolerance).all()


def test_error_against_the_truth_is_bias_squared_plus_variance_exactly():
    rng = np.random.default_rng(1)
    fits, truth = rng.normal(size=(7, 5)), rng.normal(size=5)
    result = decompose(fits, truth)
    # With the 1/(R − 1) variance and its share taken off the bias², the identity is exact.
    np.testing.assert_allclose(
        ((fits - truth) ** 2).mean(axis=0), result.bias_squared + result.variance, atol=1e-13
    )


def test_one_data_set_has_no_variance():
    with pytest.raises(ValueError, match="two data sets"):
        decompose(np.zeros((1, 3)), np.zeros(3))
