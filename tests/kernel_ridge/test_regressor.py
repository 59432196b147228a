"""The regressor against scikit-learn, Gaussian processes, the primal, eigenvalues and refits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge as Peer

from groundwork.kernel_ridge import (
    KernelRidge,
    NotPositiveDefiniteError,
    linear_kernel,
    polynomial_features,
    polynomial_kernel,
    primal_ridge,
    rbf_kernel,
    regressor,
)


def data(n=60, d=3, seed=0, outputs=()):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    return x, rng.normal(size=(n, *outputs)), rng.normal(size=(40, d))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 150),
    st.integers(1, 6),
    st.floats(-1, 1),
    st.floats(-4, 1),
    st.sampled_from([(), (1,), (3,)]),
    st.integers(0, 10**6),
)
def test_predictions_equal_scikit_learn(n, d, log_scale, log_penalty, outputs, seed):
    x, y, queries = data(n, d, seed, outputs)
    scale, penalty = 10.0**log_scale, 10.0**log_penalty
    ours = KernelRidge(length_scale=scale, penalty=penalty).fit(x, y)
    peer = Peer(kernel="rbf", gamma=1 / (2 * scale**2), alpha=penalty).fit(x, y)
    np.testing.assert_allclose(ours.predict(queries), peer.predict(queries), rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_the_residual_of_an_ill_conditioned_system_is_as_small_as_the_peers(seed):
    """With penalty 1e-10 two right solvers differ by the condition number; residuals may not."""
    x, y, _ = data(200, 2, seed)
    system = rbf_kernel(x, x, 1.0) + 1e-10 * np.eye(200)
    ours = KernelRidge(penalty=1e-10).fit(x, y).dual_coef_
    peer = np.linalg.solve(system, y)
    size = np.abs(system).sum(axis=1).max() * np.abs(ours).max()
    assert np.abs(system @ ours - y).max() <= 1e-14 * size
    assert np.abs(system @ ours - y).max() <= 20 * np.abs(system @ peer - y).max()


@pytest.mark.parametrize("penalty", [1e-4, 1e-2, 1.0])
def test_predictions_are_a_gaussian_process_posterior_mean(penalty):
    """Checks Theorem thm-gp."""
    x, y, queries = data()
    ours = KernelRidge(length_scale=0.9, penalty=penalty).fit(x, y).predict(queries)
    peer = GaussianProcessRegressor(RBF(0.9), alpha=penalty, optimizer=None).fit(x, y)
    np.testing.assert_allclose(ours, peer.predict(queries), rtol=0, atol=1e-10)


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("penalty", [1e-3, 1e-1, 10.0])
def test_dual_equals_primal_on_polynomial_features(degree, penalty):
    """Checks Theorems thm-span and thm-dual: w = Φᵀα, and equal predictions."""
    rng = np.random.default_rng(degree)
    x, y, queries = rng.uniform(-1, 1, (50, 2)), rng.normal(size=50), rng.uniform(-1, 1, (40, 2))
    features = polynomial_features(x, degree)
    weights = primal_ridge(features, y, penalty)
    gradient = features.T @ (features @ weights - y) + penalty * weights
    assert np.abs(gradient).max() < 1e-9
    dual = KernelRidge(lambda a, b: polynomial_kernel(a, b, degree), penalty=penalty).fit(x, y)
    np.testing.assert_allclose(features.T @ dual.dual_coef_, weights, atol=1e-10)
    primal = polynomial_features(queries, degree) @ weights
    np.testing.assert_allclose(dual.predict(queries), primal, rtol=1e-10, atol=1e-10)


def test_a_component_outside_the_span_only_costs():
    """Checks Theorem thm-span: adding v ⊥ the data leaves the fit and raises |w|²."""
    rng = np.random.default_rng(5)
    features, y = rng.normal(size=(6, 10)), rng.normal(size=6)
    weights = primal_ridge(features, y, 0.3)
    basis = np.linalg.qr(features.T)[0]
    assert np.abs(weights - basis @ (basis.T @ weights)).max() < 1e-13
    for _ in range(20):
        v = rng.normal(size=10)
        v -= basis @ (basis.T @ v)
        np.testing.assert_allclose(features @ (weights + v), features @ weights, atol=1e-12)
        assert (weights + v) @ (weights + v) > weights @ weights


@pytest.mark.parametrize("loss", ["logistic", "waves"])
def test_any_loss_leaves_its_minimiser_in_the_span(loss):
    """Checks Corollary cor-representer: a logistic loss and one with many valleys, Ω = |w|³."""
    rng = np.random.default_rng(11)
    features, labels = rng.normal(size=(6, 10)), rng.choice([-1.0, 1.0], size=6)
    losses = {
        "logistic": lambda f: np.logaddexp(0, -labels * f).sum(),
        "waves": lambda f: (np.cos(3 * f) + 0.1 * (f - labels) ** 2).sum(),
    }

    def objective(w):
        return losses[loss](features @ w) + 0.1 * np.linalg.norm(w) ** 3

    basis = np.linalg.qr(features.T)[0]
    for _ in range(5):
        found = minimize(objective, rng.normal(size=10), method="BFGS", options={"gtol": 1e-7}).x
        outside = found - basis @ (basis.T @ found)
        assert np.linalg.norm(outside) < 1e-4 * np.linalg.norm(found)


def test_push_through_identity():
    """Checks Lemma lem-push for wide, tall and square matrices."""
    rng = np.random.default_rng(6)
    for n, p in [(3, 9), (9, 3), (5, 5)]:
        phi = rng.normal(size=(n, p))
        left = np.linalg.solve(phi.T @ phi + 0.2 * np.eye(p), phi.T)
        right = phi.T @ np.linalg.inv(phi @ phi.T + 0.2 * np.eye(n))
        np.testing.assert_allclose(left, right, atol=1e-12)


def brute_force_loo(x, y, scale, penalty):
    residuals = np.empty_like(y)
    for i in range(len(x)):
        kept = np.arange(len(x)) != i
        model = KernelRidge(length_scale=scale, penalty=penalty).fit(x[kept], y[kept])
        residuals[i] = y[i] - model.predict(x[i : i + 1])[0]
    return residuals


@pytest.mark.parametrize("outputs", [(), (2,)])
@pytest.mark.parametrize(("scale", "penalty"), [(0.3, 1e-3), (1.0, 1e-2), (4.0, 1.0)])
def test_leave_one_out_equals_refitting(scale, penalty, outputs):
    """Checks Theorem thm-loo."""
    x, y, _ = data(40, 2, 7, outputs)
    ours = KernelRidge(length_scale=scale, penalty=penalty).fit(x, y).loo_residuals()
    np.testing.assert_allclose(ours, brute_force_loo(x, y, scale, penalty), atol=1e-9)


@pytest.mark.parametrize("penalty", [1e-6, 1e-2, 1.0, 100.0])
def test_degrees_of_freedom_equal_the_eigenvalue_sum(penalty):
    """Checks Proposition prp-dof, and that it falls as the penalty grows."""
    x, y, _ = data(150, 2)
    model = KernelRidge(length_scale=0.7, penalty=penalty).fit(x, y)
    values = np.linalg.eigvalsh(rbf_kernel(x, x, 0.7)).clip(0)
    assert model.effective_dof() == pytest.approx((values / (values + penalty)).sum(), abs=1e-8)
    heavier = KernelRidge(length_scale=0.7, penalty=2 * penalty).fit(x, y)
    assert heavier.effective_dof() < model.effective_dof()


def test_limits_of_the_bandwidth():
    """Checks Proposition prp-limits: y/(1 + λ) at the points and 0 between; nȳ/(n + λ)."""
    x, y, queries = data(30, 2)
    narrow = KernelRidge(length_scale=1e-6, penalty=0.5).fit(x, y)
    np.testing.assert_allclose(narrow.predict(x), y / 1.5, atol=1e-14)
    assert np.abs(narrow.predict(queries)).max() == 0
    wide = KernelRidge(length_scale=1e7, penalty=0.5).fit(x, y)
    np.testing.assert_allclose(wide.predict(queries), y.sum() / 30.5, atol=1e-12)


def test_blocks_of_queries_change_nothing(monkeypatch):
    x, y, queries = data()
    model = KernelRidge().fit(x, y)
    whole = model.predict(queries)
    monkeypatch.setattr(regressor, "BLOCK_BYTES", 8 * 60 * 3)  # three rows at a time
    np.testing.assert_allclose(model.predict(queries), whole, atol=1e-13)
    assert model.predict(queries[:0]).shape == (0,)


def test_linear_kernel_is_ridge_without_intercept():
    x, y, queries = data()
    weights = primal_ridge(x, y, 0.1)
    ours = KernelRidge("linear", penalty=0.1).fit(x, y).predict(queries)
    np.testing.assert_allclose(ours, queries @ weights, atol=1e-12)
    same = KernelRidge(linear_kernel, penalty=0.1).fit(x, y).predict(queries)
    np.testing.assert_array_equal(ours, same)


def test_one_feature_may_come_without_its_axis():
    x, y = np.linspace(0, 1, 9), np.arange(9.0)
    flat = KernelRidge().fit(x, y).predict(x)
    np.testing.assert_array_equal(flat, KernelRidge().fit(x[:, None], y).predict(x[:, None]))


def test_a_repeated_point_without_penalty_is_refused_with_advice():
    x = np.array([[0.0], [1.0], [0.0]])
    with pytest.raises(NotPositiveDefiniteError, match=r"1 of the 3 points repeat.*raise penalty"):
        KernelRidge(penalty=0.0).fit(x, np.arange(3.0))
    assert isinstance(NotPositiveDefiniteError(0, 0.0, 1), np.linalg.LinAlgError)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "sigmoid"}, "kernel"),
        ({"length_scale": 0.0}, "length_scale"),
        ({"penalty": -1.0}, "penalty"),
        ({"penalty": np.nan}, "penalty"),
    ],
)
def test_settings_that_mean_nothing_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        KernelRidge(**change).fit(np.eye(2), np.ones(2))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((0, 1)), np.zeros(0)),
        (np.zeros((3, 1)), np.zeros(2)),
        (np.full((3, 1), np.nan), np.zeros(3)),
        (np.zeros((3, 1)), np.full(3, np.inf)),
        (np.zeros((3, 1, 1)), np.zeros(3)),
    ],
)
def test_unusable_data_are_refused(x, y):
    with pytest.raises(ValueError):  # noqa: PT011  (five different messages)
        KernelRidge().fit(x, y)


def test_questions_before_fit_and_of_another_width_are_refused():
    with pytest.raises(RuntimeError, match="fit"):
        KernelRidge().predict(np.zeros((1, 1)))
    with pytest.raises(ValueError, match="features"):
        KernelRidge().fit(np.eye(2), np.ones(2)).predict(np.zeros((1, 3)))


def test_a_second_fit_forgets_the_first_ones_residuals():
    (x, y, *_), (other_x, other_y, *_) = data(n=20, seed=1), data(n=20, seed=2)
    model = KernelRidge(penalty=0.1).fit(x, y)
    model.loo_residuals()
    again, fresh = model.fit(other_x, other_y), KernelRidge(penalty=0.1).fit(other_x, other_y)
    np.testing.assert_array_equal(again.loo_residuals(), fresh.loo_residuals())
    assert again.effective_dof() == fresh.effective_dof()
