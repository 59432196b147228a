"""Extreme scales, features that do not fit, complex input: the right value or a refusal."""

import numpy as np
import pytest

from groundwork.mixtures import (
    GaussianMixture,
    Mixture,
    e_step,
    elbo,
    kl_divergence,
    lloyd,
    log_joint,
    m_step,
    matching,
    plus_plus_means,
    soft_kmeans,
)

X = np.random.default_rng(0).normal(size=(60, 2)) + 3 * np.eye(2)[np.arange(60) % 2]
MODEL = GaussianMixture(2, seed=1, max_iter=5).fit(X)
TWO = Mixture(np.array([0.5, 0.5]), np.zeros((2, 2)), np.stack([np.eye(2), 4 * np.eye(2)]))


@pytest.mark.parametrize("size", [1e3, 1e100, 1e160, 1e300, 1.7e308])
def test_far_points_belong_to_the_widest_component(size: float) -> None:
    """Also in a block of near ones, along one axis or both, and never to a weight of 0."""
    far = np.array([[size, 0.0], [-size, size], [0.0, 0.0]])
    responsibilities, total = e_step(far, TWO)
    np.testing.assert_array_equal(responsibilities[:2], [[0, 1], [0, 1]])
    np.testing.assert_allclose(responsibilities[2], [0.8, 0.2])
    assert total < -1e5
    only = Mixture(np.array([1.0, 0.0]), TWO.means, TWO.covariances)
    np.testing.assert_array_equal(e_step(far, only)[0], [[1, 0]] * 3)
    same = Mixture(np.array([0.25, 0.75]), TWO.means, np.stack([np.eye(2)] * 2))
    if size > 1e154:  # at 1e100 the constants are below the rounding of the squares
        np.testing.assert_allclose(e_step(far, same)[0], [[0.25, 0.75]] * 3)
    assert np.isfinite(MODEL.responsibilities(far)).all()


@pytest.mark.parametrize("unit", [2.0**-300, 2.0**300])
def test_a_fit_does_not_depend_on_the_unit(unit: float) -> None:
    scaled = GaussianMixture(2, seed=1, max_iter=5).fit(X * unit)
    np.testing.assert_allclose(scaled.means_ / unit, MODEL.means_, rtol=1e-9)
    np.testing.assert_allclose(
        scaled.responsibilities(X * unit), MODEL.responsibilities(X), atol=1e-9
    )
    assert np.isfinite(scaled.sample(5)[0]).all()


@pytest.mark.parametrize("unit", [1e-170, 1e200, 1e308 / 6])
@pytest.mark.parametrize("floor", [0.0, 1e-3])
def test_data_whose_squares_leave_the_range_are_refused(unit: float, floor: float) -> None:
    with pytest.raises(ValueError, match="rescale the data"):
        GaussianMixture(2, covariance_floor=floor).fit(X * unit)
    mixed = X * np.array([1.0, unit])
    with pytest.raises(ValueError, match="rescale the data"):
        GaussianMixture(2, covariance_floor=floor).fit(mixed)


@pytest.mark.parametrize("floor", [1e-30, 1e-18, 1e-9])
@pytest.mark.parametrize("rule", ["clip", "noise", "add"])
def test_what_can_be_fitted_can_be_sampled(floor: float, rule: str) -> None:
    """A line in the plane: its covariance is definite by the floor alone."""
    line = np.stack([X[:, 0], X[:, 0] / 3], axis=1)
    model = GaussianMixture(1, covariance_floor=floor, floor_rule=rule, max_iter=3)  # type: ignore[arg-type]
    try:
        model.fit(line)
    except ArithmeticError:
        assert rule != "clip"
        return
    drawn, _ = model.sample(500)
    np.testing.assert_allclose(drawn[:, 1], drawn[:, 0] / 3, atol=1e-3)


FEWER = {
    "responsibilities": lambda x: MODEL.responsibilities(x),
    "log_likelihood": lambda x: MODEL.log_likelihood(x),
    "bic": lambda x: MODEL.bic(x),
    "e_step": lambda x: e_step(x, TWO),
    "log_joint": lambda x: log_joint(x, TWO),
    "elbo": lambda x: elbo(x, np.full((60, 2), 0.5), TWO),
    "m_step": lambda x: m_step(x, np.full((60, 2), 0.5), TWO),
    "lloyd": lambda x: lloyd(x, X[:2], 1),
    "soft_kmeans": lambda x: soft_kmeans(x, X[:2], 1.0, 1),
}


@pytest.mark.parametrize("name", FEWER)
def test_another_number_of_features_and_complex_points_are_refused(name: str) -> None:
    for x in (X[:, :1], X[:, 0], np.concatenate([X, X], axis=1)):
        with pytest.raises(
            ValueError, match=r"features, (where 2 were|but GaussianMixture is) expect"
        ):
            FEWER[name](x)
    with pytest.raises(TypeError, match="complex"):
        FEWER[name](X + 0j)


def test_shapes_that_would_broadcast_are_refused() -> None:
    q = np.full((60, 2), 0.5)
    for act in (
        lambda: elbo(X, q[:, :1], TWO),
        lambda: kl_divergence(q, q[:1]),
        lambda: m_step(X, q[:, :1], TWO),
        lambda: m_step(X[:1], q, TWO),
        lambda: matching(np.zeros((2, 2)), np.zeros((2, 1))),
    ):
        with pytest.raises(ValueError, match=r"shape|fit|match"):
            act()
    for act in (
        lambda: GaussianMixture(2).fit(X * 1j),
        lambda: GaussianMixture(2, init=X[:2] + 1j).fit(X),
        lambda: GaussianMixture(2, init=([0.5, 0.5], X[:2] + 1j, [np.eye(2)] * 2)).fit(X),
        lambda: plus_plus_means(X + 1j, 2, np.random.default_rng(0)),
        lambda: soft_kmeans(X, X[:2] * 1j, 1.0, 1),
    ):
        with pytest.raises(TypeError, match="complex"):
            act()


def test_seeding_and_k_means_at_any_scale() -> None:
    for unit in (2.0**-600, 2.0**600):
        means = plus_plus_means(X * unit, 2, np.random.default_rng(0))
        np.testing.assert_array_equal(means, plus_plus_means(X, 2, np.random.default_rng(0)) * unit)
        found, labels = lloyd(X * unit, means, 3)
        np.testing.assert_array_equal(labels, lloyd(X, means / unit, 3)[1])
        np.testing.assert_allclose(found / unit, lloyd(X, means / unit, 3)[0])
