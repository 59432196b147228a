"""Search for counterexamples to the statements about high dimensions, and symbolic identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundwork.core.seeds import stream
from groundwork.operators import symbolic, theorems
from groundwork.operators.neighbours import contrast, contrast_bound, distances
from groundwork.operators.volumes import sample_ball

search = settings(max_examples=300, deadline=None, derandomize=True)


@pytest.mark.parametrize("d", range(2, 41))
def test_recurrence(d: int) -> None:
    """Checks Corollary cor-recurrence: the identity, and where volumes rise and fall."""
    assert symbolic.recurrence(d) == 0
    assert (symbolic.volume(d) > symbolic.volume(d - 2)) == (d <= 6)
    assert symbolic.volume(5) >= symbolic.volume(d)


@pytest.mark.parametrize("d", range(1, 9))
def test_layers(d: int) -> None:
    """Checks Theorem thm-ball: both values of the Gaussian integral."""
    assert symbolic.gaussian_integral(d) == 0


@search
@given(d=st.integers(1, 10**6))
def test_cube(d: int) -> None:
    """Checks Theorem thm-cube."""
    assert theorems.cube(d) <= 1e-9 * d


@search
@given(d=st.integers(1, 10**5), h=st.floats(0, 1))
def test_equator(d: int, h: float) -> None:
    """Checks Theorem thm-equator."""
    assert theorems.equator(d, h) <= 1e-12


@pytest.mark.parametrize("d", [1, 2, 3, 7, 50])
def test_width(d: int) -> None:
    """Checks Proposition prp-width: the integral, and drawn points."""
    assert symbolic.width(d) == 0
    x = sample_ball(d, 40_000, stream(d, "width"))[:, 0]
    assert np.square(x).mean() == pytest.approx(1 / (d + 2), rel=0.04)


@search
@given(d=st.integers(2, 3000), h=st.floats(0, 0.7071))
def test_sphere(d: int, h: float) -> None:
    """Checks Proposition prp-sphere: x₁² of the sphere is a beta variable."""
    outside = stats.beta.sf(h * h, 0.5, (d - 1) / 2)
    assert outside <= 2 * (1 - h * h) ** (d / 2) + 1e-12
    assert theorems.sphere(d, h) == pytest.approx(outside - 2 * (1 - h * h) ** (d / 2), abs=1e-9)


@search
@given(d=st.integers(1, 20_000), epsilon=st.floats(0.001, 0.999))
def test_lengths(d: int, epsilon: float) -> None:
    """Checks Lemma lem-chi."""
    outside = stats.chi2.sf(d * (1 + epsilon), d) + stats.chi2.cdf(d * (1 - epsilon), d)
    assert outside <= 2 * np.exp(-d * epsilon**2 / 8)


def test_contrast() -> None:
    """Checks Theorem thm-contrast: the bound is broken no more often than it says."""
    bound = contrast_bound(1000, 200, 0.9)
    found = []
    for trial in range(60):
        rng = stream(trial, "contrast")
        found.append(contrast(rng.standard_normal((1, 1000)), rng.standard_normal((200, 1000)))[0])
    assert np.mean(np.array(found) > bound) <= 0.1
    assert contrast_bound(10, 1000, 0.9) == np.inf


def test_planted() -> None:
    """Checks Proposition prp-planted where its bound says something."""
    d, n, c = 1500, 50, 0.5
    assert 2 * n * np.exp(-d / 8 * (c / (2 - c)) ** 2) < 1e-6
    for trial in range(20):
        rng = stream(trial, "planted")
        x = rng.standard_normal((n, d))
        q = c * x[:1] + np.sqrt(1 - c * c) * rng.standard_normal((1, d))
        assert distances(q, x).argmin() == 0
