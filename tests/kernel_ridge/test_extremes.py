"""Extreme scales, complex input, unequal features, empty sets: the right value or a refusal."""

import numpy as np
import pytest

from groundwork.kernel_ridge import (
    KernelRidge,
    cholesky_in_place,
    decompose,
    linear_kernel,
    polynomial_features,
    polynomial_kernel,
    primal_ridge,
    rbf_features,
    rbf_kernel,
    solve_factored,
    solve_lower,
    solve_upper,
    squared_distances,
)

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.sin(X).sum(axis=1)


@pytest.mark.parametrize("exponent", [-1000, -600, -565, 0, 300, 565, 1000])
def test_predictions_do_not_depend_on_the_unit_of_length(exponent: int) -> None:
    """A power of two, so that all is equal to the bit; 2⁻⁵⁶⁵ is 1e-170."""
    unit = 2.0**exponent
    plain = KernelRidge(length_scale=0.7).fit(X, Y)
    scaled = KernelRidge(length_scale=0.7 * unit).fit(X * unit, Y)
    np.testing.assert_array_equal(scaled.predict(X[:5] * unit + unit), plain.predict(X[:5] + 1))
    np.testing.assert_array_equal(scaled.loo_residuals(), plain.loo_residuals())


def test_kernels_of_points_far_apart_and_close_together() -> None:
    far = np.array([[1.7e308, -1.7e308], [-1.7e308, 1.7e308], [0.0, 0.0]])
    np.testing.assert_array_equal(rbf_kernel(far, far, 1.0), np.eye(3))
    np.testing.assert_array_equal(np.diag(squared_distances(far, far)), 0)
    assert np.isposinf(squared_distances(far, far)[0, 1])
    near = np.array([[0.0], [5e-324], [1e-170]])
    np.testing.assert_array_equal(rbf_kernel(near, near, 1.0), 1)  # right: exp(−1e-340)
    np.testing.assert_array_equal(rbf_kernel(near[::2], near[::2], 1e-180), np.eye(2))
    np.testing.assert_allclose(rbf_kernel(near[::2], near[::2], 1e-170)[0, 1], np.exp(-0.5))
    np.testing.assert_array_equal(rbf_kernel(near, near, 1e300), 1)
    features = rbf_features(np.array([[0.5], [1e200]]), 1.0, 4)
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(features[1], 0)


@pytest.mark.parametrize("kernel", ["linear", lambda a, b: np.full((len(a), len(b)), np.nan)])
def test_a_kernel_that_is_not_finite_is_refused(kernel) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="kernel is not finite"):
        KernelRidge(kernel).fit(X * 1e200, Y)
    model = KernelRidge("linear").fit(X, Y)
    with pytest.raises(ValueError, match="kernel is not finite"):
        model.predict(np.full((1, 3), 1.7e308) * np.sign(X[:1]))
    with pytest.raises(ValueError, match=r"kernel has shape \(12,\)"):
        KernelRidge(lambda a, b: np.ones(len(a))).fit(X, Y)
    with pytest.raises(ValueError, match="scale y down"):
        KernelRidge("linear", penalty=1e-6).fit(X, np.full(12, 1.7e308))


COMPLEX = {
    "fit x": lambda z: KernelRidge().fit(z, Y),
    "fit y": lambda z: KernelRidge().fit(X, z[:, 0]),
    "fit objects": lambda z: KernelRidge().fit(z.astype(object), Y),
    "predict": lambda z: KernelRidge().fit(X, Y).predict(z),
    "kernel": lambda z: KernelRidge(lambda a, b: z[: len(a), :1] * np.ones(len(b))).fit(X, Y),
    "squared_distances a": lambda z: squared_distances(z, X),
    "squared_distances b": lambda z: squared_distances(X, z),
    "rbf_kernel": lambda z: rbf_kernel(z, X),
    "linear_kernel": lambda z: linear_kernel(X, z),
    "polynomial_kernel": lambda z: polynomial_kernel(z, z),
    "rbf_features": lambda z: rbf_features(z, 1.0, 2),
    "polynomial_features": lambda z: polynomial_features(z),
    "primal features": lambda z: primal_ridge(z, Y, 1.0),
    "primal targets": lambda z: primal_ridge(X, z[:, 0], 1.0),
    "decompose": lambda z: decompose(z, np.zeros(3)),
    "decompose truth": lambda z: decompose(X, z[0]),
    "solve_lower": lambda z: solve_lower(np.eye(12), z),
    "solve_upper": lambda z: solve_upper(np.eye(12), z),
    "solve_factored": lambda z: solve_factored(np.eye(12) * 1j, z.real),
    "cholesky_in_place": lambda z: cholesky_in_place(z @ z.conj().T),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_input_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="complex"):
        COMPLEX[name](X + 1j)


FEWER = {
    "predict": lambda: KernelRidge().fit(X, Y).predict(X[:, :1]),
    "predict a vector": lambda: KernelRidge().fit(X, Y).predict(X[:, 0]),
    "squared_distances": lambda: squared_distances(X[:, :1], X),
    "rbf_kernel": lambda: rbf_kernel(X, X[:, :1]),
    "linear_kernel": lambda: linear_kernel(X, X[:, :1]),
    "polynomial_kernel": lambda: polynomial_kernel(X[:, :2], X),
    "primal_ridge": lambda: primal_ridge(X, Y[:1], 1.0),
    "decompose": lambda: decompose(X, np.zeros(1)),
    "solve_lower": lambda: solve_lower(np.eye(3), np.ones(2)),
    "solve_upper": lambda: solve_upper(np.eye(3), np.ones((4, 1))),
}


@pytest.mark.parametrize("name", FEWER)
def test_another_number_of_features_or_points_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"features|shape|differ|truth"):
        FEWER[name]()


def test_no_queries_have_no_predictions() -> None:
    model = KernelRidge().fit(X, np.stack([Y, Y], axis=1))
    assert model.predict(np.zeros((0, 3))).shape == (0, 2)
    assert squared_distances(X, np.zeros((0, 3))).shape == (12, 0)
    assert rbf_kernel(np.zeros((0, 3)), X).shape == (0, 12)
