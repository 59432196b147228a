"""The model against scikit-learn from the same start, and its edges."""

import warnings

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as Peer

from groundwork.mixtures import DegenerateComponentError, GaussianMixture, Mixture, matching


def data(n=300, d=2, seed=0):
    rng = np.random.default_rng(seed)
    centres = 2.5 * rng.normal(size=(3, d))
    return centres[rng.integers(3, size=n)] + rng.normal(size=(n, d))


def fit_peer(x, start, iterations, floor=0.0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that a fixed number of steps did not converge
        return Peer(
            len(start[0]),
            weights_init=start[0],
            means_init=start[1],
            precisions_init=np.linalg.inv(start[2]),
            max_iter=iterations,
            tol=0,
            reg_covar=floor,
        ).fit(x)


@pytest.mark.parametrize(("d", "k"), [(1, 2), (2, 3), (4, 3), (8, 2)])
@pytest.mark.parametrize("floor", [0.0, 1e-2])
def test_iterates_equal_scikit_learn_from_the_same_start(d, k, floor):
    x = data(400, d)
    start = (np.full(k, 1 / k), x[:k], np.tile(np.atleast_2d(np.cov(x.T)), (k, 1, 1)))
    for iterations in (1, 10, 60):
        ours = GaussianMixture(
            k, init=start, max_iter=iterations, tol=0, covariance_floor=floor, floor_rule="add"
        ).fit(x)
        peer = fit_peer(x, start, iterations, floor)
        order = np.arange(k)  # the same start keeps the same names
        np.testing.assert_allclose(ours.weights_, peer.weights_[order], atol=1e-6)
        np.testing.assert_allclose(ours.means_, peer.means_[order], atol=1e-6)
        np.testing.assert_allclose(ours.covariances_, peer.covariances_[order], atol=1e-6)
        assert ours.log_likelihood_history_[-1] == pytest.approx(peer.score(x) * len(x), rel=1e-9)
        assert ours.bic(x) == pytest.approx(peer.bic(x), rel=1e-9)
        np.testing.assert_allclose(ours.responsibilities(x), peer.predict_proba(x), atol=1e-6)


def test_history_is_of_sums_and_ends_at_the_kept_parameters():
    x = data()
    model = GaussianMixture(3, seed=1).fit(x)
    history = model.log_likelihood_history_
    assert history[-1] == model.log_likelihood(x)
    assert len(history) == model.n_iter_ + 1
    assert model.converged_
    assert not GaussianMixture(3, seed=1, max_iter=2).fit(x).converged_
    np.testing.assert_array_equal(history, model.objective_history_)


def test_the_same_seed_gives_the_same_fit_and_more_starts_never_a_worse_one():
    x = data(seed=4)
    first, again = (GaussianMixture(4, seed=3).fit(x) for _ in range(2))
    np.testing.assert_array_equal(first.means_, again.means_)
    single = GaussianMixture(4, seed=3, init="random", covariance_floor=1e-3).fit(x)
    many = GaussianMixture(4, seed=3, init="random", covariance_floor=1e-3, n_init=8).fit(x)
    assert many.log_likelihood_history_[-1] >= single.log_likelihood_history_[-1]


def test_samples_have_the_mixtures_moments():
    means, units = np.array([[0.0, 0.0], [4.0, 1.0]]), np.tile(np.eye(2), (2, 1, 1))
    truth = Mixture(np.array([0.2, 0.8]), means, units)
    model = GaussianMixture(2, init=truth, max_iter=0).fit(data())
    points, labels = model.sample(40000, seed=5)
    assert labels.mean() == pytest.approx(0.8, abs=0.01)
    np.testing.assert_allclose(points[labels == 1].mean(axis=0), [4, 1], atol=0.03)
    np.testing.assert_allclose(np.cov(points[labels == 0].T), np.eye(2), atol=0.06)


def test_collapsed_starts_are_counted_where_others_survive():
    x = data(30)
    model = GaussianMixture(6, init="random", n_init=20, seed=0)
    try:
        model.fit(x)
        assert 0 < model.failed_starts_ < 20
    except DegenerateComponentError:
        assert model.failed_starts_ == 20


def test_components_are_matched_by_their_means():
    reference = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]])
    order = np.array([2, 0, 1])
    shuffled = reference[np.argsort(order)] + 0.01
    np.testing.assert_allclose(shuffled[matching(shuffled, reference)], reference + 0.01)
    with pytest.raises(ValueError, match="k ≤ 8"):
        matching(np.zeros((9, 1)), np.zeros((9, 1)))


@pytest.mark.parametrize(
    "x", [np.zeros((0, 2)), np.full((5, 2), np.nan), np.zeros((2, 2, 2)), np.zeros((1, 2))]
)
def test_unusable_data_are_refused(x):
    with pytest.raises(ValueError):  # noqa: PT011  (each with its own message)
        GaussianMixture(2).fit(x)


@pytest.mark.parametrize("place", [0.0, 1.0, 1 / 3, 1000 + 1 / 3, -1e9 / 7, 1e12 / 3])
@pytest.mark.parametrize("components", [1, 2])
def test_data_without_spread_are_degenerate_or_floored(place, components):
    """Wherever they lie: far from 0 a constant feature has a variance of rounding, above 0.

    scikit-learn 1.9 (`reg_covar=0`) refuses at 0 and converges at 1,000 ⅓.
    """
    line = np.concatenate([np.arange(10.0), np.arange(100.0, 110.0)]) * 1e3
    x = np.stack([line, np.full(20, place)], axis=1)
    with pytest.raises(DegenerateComponentError):
        GaussianMixture(components, seed=0).fit(x)
    floored = GaussianMixture(components, covariance_floor=1e-3, seed=0).fit(x)
    np.testing.assert_allclose(floored.covariances_[:, 1, 1], 1e-3)
    if components == 2:
        np.testing.assert_allclose(floored.covariances_[:, 0, 0], 8.25e6, rtol=1e-6)


def test_a_small_spread_far_away_is_no_degeneracy():
    x = 1.7e9 + np.random.default_rng(0).normal(size=(500, 2)) * [1.0, 1e-3]
    fitted = GaussianMixture(1).fit(x)
    np.testing.assert_allclose(
        np.diagonal(fitted.covariances_[0]), (x - x[0]).var(axis=0), rtol=1e-6
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"n_components": 0},
        {"n_components": 1, "covariance_floor": -1.0},
        {"n_components": 1, "covariance_floor": np.nan},
        {"n_components": 1, "floor_rule": "lift"},
        {"n_components": 1, "n_init": 0},
        {"n_components": 1, "tol": -1e-3},
    ],
)
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ValueError):  # noqa: PT011  (each with its own message)
        GaussianMixture(**settings).fit(np.arange(9.0))


def test_questions_before_fit_are_refused():
    with pytest.raises(RuntimeError, match="fit"):
        GaussianMixture(1).sample(3)
