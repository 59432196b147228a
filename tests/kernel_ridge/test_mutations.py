"""Known bugs planted on purpose: each oracle check must go red on its own."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel as peer_rbf

from groundwork.kernel_ridge import KernelRidge, decomposition, kernels, regressor, triangular


def loo_error(model_class):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(25, 2)), rng.normal(size=25)
    ours = model_class(length_scale=0.8, penalty=0.05).fit(x, y).loo_residuals()
    refits = []
    for i in range(25):
        rest = np.delete(np.arange(25), i)
        model = KernelRidge(length_scale=0.8, penalty=0.05).fit(x[rest], y[rest])
        refits.append(y[i] - model.predict(x[i : i + 1])[0])
    return np.abs(ours - refits).max()


def kernel_error(module):
    x = np.random.default_rng(1).normal(size=(20, 3))
    return np.abs(module.rbf_kernel(x, x, 0.6) - peer_rbf(x, x, 1 / (2 * 0.6**2))).max()


def test_gamma_for_sigma_is_caught(mutant):
    assert kernel_error(kernels) < 1e-10
    # exp(−γ d²) with γ = σ: scikit-learn's parameter under our name.
    wrong = mutant(
        kernels,
        "kernel /= -2.0 * sigma\n        kernel /= sigma",
        "kernel *= -length_scale * scale**2",
    )
    assert kernel_error(wrong) > 1e-2


def test_a_forgotten_two_in_the_exponent_is_caught(mutant):
    assert kernel_error(mutant(kernels, "-2.0 * sigma", "-1.0 * sigma")) > 1e-2


def test_leave_one_out_by_refit_on_the_wrong_set_is_caught(mutant):
    assert loo_error(KernelRidge) < 1e-10
    # Without the division, α·λ are residuals of the fit to *all* points: nothing was left out.
    wrong = mutant(
        regressor,
        "return self.dual_coef_ / diagonal",
        "return self.dual_coef_ * self.penalty + 0 * diagonal",
    )
    assert loo_error(wrong.KernelRidge) > 1e-2


def test_a_penalty_scaled_by_n_is_caught(mutant):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    wrong = mutant(regressor, "+= self.penalty\n", "+= self.penalty * n_points(x)\n")
    wrong.n_points = len
    right = KernelRidge(penalty=0.1).fit(x, y).dual_coef_
    assert np.abs(wrong.KernelRidge(penalty=0.1).fit(x, y).dual_coef_ - right).max() > 1e-2


def test_negative_squared_distances_are_caught(mutant):
    x = np.repeat(np.random.default_rng(3).normal(size=(50, 7)), 4, axis=0)
    wrong = mutant(kernels, "_retake_close(distances, a, b, CLOSE * radius_squared)", "pass")
    assert kernels.squared_distances(x, x).min() == 0
    assert wrong.squared_distances(x, x).min() < 0


def test_distances_without_centring_lose_their_digits_far_from_the_origin(mutant):
    x = np.random.default_rng(4).normal(size=(30, 3)) + 1e7
    exact = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    wrong = mutant(kernels, "u, v = a - centre, b - centre", "u, v = a, b")
    assert np.abs(kernels.squared_distances(x, x) - exact).max() < 1e-12
    wrong.CLOSE = 0.0
    assert np.abs(wrong.squared_distances(x, x) - exact).max() > 1e-3


def test_substitution_that_skips_the_finished_part_is_caught(mutant):
    wrong = mutant(triangular, "b[half:] -= lower[half:, :half] @ b[:half]", "pass")
    lower = np.tril(np.random.default_rng(5).normal(size=(200, 200))) + 20 * np.eye(200)
    b = np.ones(200)
    assert np.abs(lower @ triangular.solve_lower(lower, b) - b).max() < 1e-12
    assert np.abs(lower @ wrong.solve_lower(lower, b) - b).max() > 1e-2


def test_bias_from_one_draw_or_with_the_variance_inside_is_caught(mutant):
    fits = np.random.default_rng(6).normal(size=(5, 400))  # an unbiased estimator of 0
    wrong = mutant(decomposition, " - variance / repeats", "")
    assert abs(decomposition.decompose(fits, np.zeros(400)).mean_bias_squared) < 0.05
    assert wrong.decompose(fits, np.zeros(400)).mean_bias_squared == pytest.approx(0.2, rel=0.3)


def test_multiplying_by_inverted_blocks_is_caught_on_a_smooth_kernel(mutant):
    """It passes on well-conditioned matrices; a smooth kernel's leading block is not one."""
    wrong = mutant(triangular, "_forward(corner, below)", "below = np.linalg.inv(corner) @ below")
    x = np.random.default_rng(7).normal(size=(300, 2))
    matrix = kernels.rbf_kernel(x, x, 1.0) + 1e-10 * np.eye(300)
    gaps = []
    for module in (triangular, wrong):
        factor = np.tril(module.cholesky_in_place(matrix.copy()))
        gaps.append(np.abs(factor @ factor.T - matrix).max())
    assert gaps[0] < 1e-14
    assert gaps[1] > 1e3 * gaps[0]
