"""Exact answers: the loss without superposition, exponents, overlaps, the untrained loss, draws."""

import math

import numpy as np
import pytest

from groundwork.reproduction import fast, linear, oracle, theory
from groundwork.reproduction.model import chances
from groundwork.reproduction.oracle import Problem

WIDTHS = (10, 15, 25, 39, 63, 100)


def test_ideal_losses_and_exponents_are_the_briefs():
    losses = theory.ideal_losses(chances(1000, 1.0, 1.0), WIDTHS)
    assert losses == pytest.approx([0.8099, 0.7411, 0.6529, 0.5752, 0.4909, 0.4092], abs=6e-5)
    for alpha, expected in {0: 0.039, 0.5: 0.116, 1: 0.294, 1.5: 0.606, 2: 1.020}.items():
        found = theory.exponent(
            WIDTHS, list(theory.ideal_losses(chances(1000, alpha, 1.0), WIDTHS))
        )
        assert found.exponent == pytest.approx(expected, abs=6e-4)


def test_a_trained_linear_model_reaches_the_ideal():
    """prp-ideal: the least loss without ReLU is what training comes to."""
    p = chances(80, 1.0, 1.0)
    for width in (3, 9):
        found = linear.train(p, width, 500, 0)
        assert found == pytest.approx(float(theory.ideal_losses(p, [width])[0]), rel=1e-6)


def test_the_linear_models_expected_loss_is_its_definition():
    import torch

    from groundwork.reproduction.model import Superposition

    rng = np.random.default_rng(0)
    W, b, p = rng.normal(size=(6, 2)), rng.normal(size=6), chances(6, 1.0, 1.0)
    A = W @ W.T - np.eye(6)
    truth = np.trace(A @ np.diag(theory.variances(p)) @ A.T) + np.sum((A @ p + b) ** 2)
    found = linear.expected_loss(Superposition(W, b), torch.as_tensor(p))
    assert float(found.detach()) == pytest.approx(truth)


def test_exponents_are_scipys_and_refuse_two_points():
    fit = theory.exponent([1, 2, 4], [8.0, 4.0, 2.0])
    assert fit.exponent == pytest.approx(1)
    assert fit.error == pytest.approx(0, abs=1e-7)
    with pytest.raises(ValueError, match="three widths"):
        theory.exponent([1, 2], [2.0, 1.0])


def test_published_alpha_0_errors_are_recovered_from_the_published_losses():
    """The rule for exponents and errors is the paper's: figure 4a's points give figure 5e's numbers."""
    fit = theory.exponent(WIDTHS, [1.1757, 0.9883, 0.7397, 0.5585, 0.3118, 0.1619])
    assert fit.exponent == pytest.approx(0.841, abs=2e-3)
    assert fit.error == pytest.approx(0.099, abs=2e-3)


def test_overlaps_of_random_directions_and_of_known_rows():
    assert abs(oracle.overlap_error(400, 20, 30)) < 0.01
    assert theory.mean_squared_overlap(np.array([[1.0, 0], [0, 2.0]])) == pytest.approx(0)
    assert theory.mean_squared_overlap(np.array([[1.0, 0], [3.0, 0]])) == pytest.approx(1)
    assert theory.welch(3, 2) == pytest.approx(1 / 4)  # three arrows at 120°


def test_the_untrained_loss_has_its_closed_form():
    """1500 models: the mean's standard error is about 0.4 %."""
    case = Problem(150, 12, 128, 1.0, -0.5, 1.0, 0)
    assert abs(oracle.initial_loss_error(case, 1500)) < 0.015


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.0])
def test_the_samplers_marginals_are_the_theorys(alpha):
    found = oracle.sampler_probabilities(chances(200, alpha, 1.0), 100_000, 4)
    assert min(found.values()) > 1e-3, found


def test_the_chi_square_test_notices_wrong_chances():
    right = chances(200, 1.0, 1.0)
    # 100,000 draws show 5 % (250 more on 200 degrees of freedom), not 2 % (40 more).
    batch = fast.draw(right * 1.05, 100_000, seed=4, stream=9, step=0)
    counts = np.bincount(batch.features, minlength=200)
    scores = (counts - 100_000 * right) ** 2 / (100_000 * right * (1 - right))
    from scipy import stats

    assert stats.chi2.sf(scores.sum(), 200) < 1e-3


def test_train_and_test_streams_share_no_batch():
    """A planted fault, the training stream taken for the test, would make these equal."""
    p = chances(50, 1.0, 1.0)
    train, test = (fast.draw(p, 40, seed=0, stream=s, step=0) for s in (fast.TRAIN, fast.TEST))
    assert fast.TRAIN != fast.TEST
    assert not set(train.values.tolist()) & set(test.values.tolist())


def test_chances_sum_to_the_density_and_refuse_more_than_one():
    assert math.isclose(chances(1000, 1.0, 2.5).sum(), 2.5)
    with pytest.raises(ValueError, match="above 1"):
        chances(10, 2.0, 3.0)
    with pytest.raises(ValueError, match="two seeds"):
        theory.t_interval([1.0])
