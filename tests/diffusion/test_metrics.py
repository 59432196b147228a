"""The judges against SciPy, closed forms and hand-made sets."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from groundwork.diffusion import metrics
from groundwork.diffusion.classifier import Classifier, train_classifier
from groundwork.diffusion.evaluation import Panel, memorisation, subset
from groundwork.diffusion.metrics import (
    bootstrap_frechet,
    frechet_distance,
    nearest,
    precision_recall,
    wilson,
)


def cloud(n, d, seed, scale=1.0, shift=0.0):
    random = np.random.default_rng(seed)
    return scale * random.normal(size=(n, d)) @ random.normal(size=(d, d)) + shift


def by_scipy(a, b):
    one, two = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    gap = a.mean(axis=0) - b.mean(axis=0)
    return gap @ gap + np.trace(one + two - 2 * sqrtm(one @ two).real)


@pytest.mark.parametrize("seed", range(5))
def test_the_frechet_distance_is_scipys(seed):
    a, b = cloud(60, 5, seed), cloud(80, 5, seed + 10, 1.5, 0.3)
    assert frechet_distance(a, b) == pytest.approx(by_scipy(a, b), rel=1e-8)


def test_the_frechet_distance_of_commuting_covariances_is_of_their_roots():
    """Columns stretched by s: Σ (1 − s)² λ; a shift adds its square; a set is 0 from itself."""
    a = cloud(500, 4, 0)
    a = (a - a.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(a, rowvar=False))).T
    stretch, shift = np.array([1.0, 2.0, 0.5, 3.0]), np.array([1.0, 0, 0, 2.0])
    assert frechet_distance(a, a * stretch + shift) == pytest.approx(
        ((stretch - 1) ** 2).sum() + 5, rel=1e-9
    )
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_a_distance_without_its_cross_term_is_caught(mutant):
    wrong = mutant(metrics, " - 2 * np.sqrt(inner).sum()", " - np.sqrt(inner).sum()")
    a = cloud(60, 3, 0)
    assert frechet_distance(a, a) < 1e-8 < wrong.frechet_distance(a, a)


def test_features_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="cannot be compared"):
        frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="cannot be compared"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


def test_nearest_neighbours_are_those_of_every_pair():
    a, b = cloud(30, 4, 0), cloud(100, 4, 1)
    every = np.linalg.norm(a[:, None] - b[None], axis=2)
    distance, place = nearest(a, b, chunk=7)
    np.testing.assert_allclose(distance, every.min(axis=1), rtol=1e-7)
    np.testing.assert_array_equal(place, every.argmin(axis=1))


def test_precision_and_recall_of_sets_made_by_hand():
    """Real: two clusters. Samples of one only: precise, half recalled; far away: neither."""
    random = np.random.default_rng(0)
    left, right = random.normal(size=(100, 2)), random.normal(size=(100, 2)) + 50
    real = np.concatenate([left, right])
    one = precision_recall(real, random.normal(size=(100, 2)))
    assert one.precision > 0.8
    assert one.recall == pytest.approx(0.5, abs=0.06)
    far = precision_recall(real, random.normal(size=(100, 2)) + 500)
    assert (far.precision, far.recall) == (0, 0)
    same = precision_recall(real, real)
    assert (same.precision, same.recall) == (1, 1)
    with pytest.raises(ValueError, match="neighbours need"):
        precision_recall(real, real[:3])


def test_wilsons_interval_is_the_textbooks():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1


def test_the_interval_of_the_frechet_distance_covers_what_fresh_samples_give():
    """Fifty fresh sets of the same size: most of their distances lie in one set's interval."""
    random = np.random.default_rng(0)
    real = random.normal(size=(400, 3))
    fresh = [frechet_distance(real, random.normal(size=(200, 3)) + 0.5) for _ in range(50)]
    widths = []
    for seed in range(5):
        low, high = bootstrap_frechet(real, random.normal(size=(200, 3)) + 0.5, 100, seed)
        widths.append(high - low)
    assert 0.5 < np.mean(widths) / (np.quantile(fresh, 0.975) - np.quantile(fresh, 0.025)) < 2


def test_copies_of_training_images_are_seen():
    random = torch.Generator().manual_seed(0)
    train, test = (torch.rand(n, 1, 8, 8, generator=random) * 2 - 1 for n in (200, 100))
    fresh = torch.rand(50, 1, 8, 8, generator=random) * 2 - 1
    honest, copied = memorisation(fresh, test, train), memorisation(train[:50], test, train)
    assert honest.below < 0.1
    assert copied.below == 1
    assert (copied.place == np.arange(50)).all()


def test_the_classifier_learns_and_the_panel_reads_by_it():
    """Bright halves as two 'digits': learned, covered, confident; the same features, distance 0."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    images = torch.rand(200, 1, 8, 8, generator=random) * 0.4 - 1
    images[labels == 0, :, :, :4] += 1.5
    images[labels == 1, :, :, 4:] += 1.5
    *_, model = train_classifier(images, labels, epochs=5, batch=10, rate=0.01, seed=0, channels=4)
    panel = Panel(model.eval(), images)
    found = panel.verdict(images, draws=5)
    assert found.coverage[:2] == pytest.approx([0.5, 0.5])
    assert found.confident > 0.9
    assert found.frechet == pytest.approx(0, abs=1e-6)
    assert panel.verdict(-images, draws=5).frechet > found.frechet_interval[1]


def test_bad_input_of_the_judges_is_refused():
    with pytest.raises(ValueError, match=r"must be \(N, 1, 28, 28\)"):
        Classifier()(torch.zeros(1, 1, 8, 8))
    images = torch.rand(4, 1, 8, 8) * 2 - 1
    for labels in (torch.zeros(3).long(), torch.full((4,), 12)):
        with pytest.raises(ValueError, match="labels of 0 … 9"):
            next(train_classifier(images, labels, epochs=1, batch=2, rate=0.1, seed=0))
    with pytest.raises(ValueError, match="5 images asked for"):
        subset(np.zeros((4, 2, 2)), 5, 0)
