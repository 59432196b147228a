"""k-means: against scikit-learn, and as the limit of a mixture."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from groundwork.mixtures import lloyd, soft_kmeans


def blobs(seed):
    rng = np.random.default_rng(seed)
    centres = 4 * rng.normal(size=(4, 2))
    return centres[rng.integers(4, size=200)] + rng.normal(size=(200, 2)), rng


@pytest.mark.parametrize("seed", range(6))
def test_lloyd_equals_scikit_learn_from_the_same_centres(seed):
    x, rng = blobs(seed)
    start = x[rng.choice(200, 4, replace=False)]
    means, labels = lloyd(x, start, 100)
    peer = KMeans(4, init=start, n_init=1, max_iter=100, tol=0, algorithm="lloyd").fit(x)
    np.testing.assert_allclose(means, peer.cluster_centers_, atol=1e-10)
    np.testing.assert_array_equal(labels, peer.labels_)


@pytest.mark.parametrize("seed", range(6))
def test_a_narrow_mixture_is_kmeans_step_for_step(seed):
    """Checks Theorem thm-kmeans: one-hot responsibilities and equal means at every iteration."""
    x, rng = blobs(seed)
    start = x[rng.choice(200, 4, replace=False)]
    for iterations in (1, 2, 5, 20):
        hard, labels = lloyd(x, start, iterations)
        soft, responsibilities = soft_kmeans(x, start, 1e-3, iterations)
        np.testing.assert_allclose(soft, hard, atol=1e-10)
        np.testing.assert_allclose(responsibilities, np.eye(4)[labels], atol=1e-12)


def test_the_distance_to_kmeans_falls_with_sigma():
    x, rng = blobs(7)
    start = x[rng.choice(200, 4, replace=False)]
    hard, _ = lloyd(x, start, 30)
    gaps = [np.abs(soft_kmeans(x, start, s, 30)[0] - hard).max() for s in (2.0, 0.5, 0.1, 0.02)]
    assert gaps[0] > 0.1
    assert gaps[-1] < 1e-7
    assert gaps[0] > gaps[2] > gaps[3]


def test_a_centre_that_owns_nothing_stays():
    x = np.array([[0.0], [1.0]])
    start = np.array([[0.5], [1e3]])
    assert lloyd(x, start, 3)[0][1] == 1e3
    assert soft_kmeans(x, start, 1e-2, 3)[0][1] == 1e3
