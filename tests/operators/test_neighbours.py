"""Distances and contrast against the definition."""

import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.operators import contrast, distances
from groundwork.operators.neighbours import relative_variance, shuffled_columns


def test_distances_one_by_one() -> None:
    rng = stream(0, "distances")
    x = rng.standard_normal((150, 7)) + 1e4  # far from the origin: naive expansion would cancel
    y = rng.standard_normal((40, 7)) + 1e4
    brute = np.array([[np.sqrt(np.square(a - b).sum()) for b in y] for a in x])
    assert np.abs(distances(x, y) - brute).max() <= 1e-9


def test_contrast_definition() -> None:
    points = np.array([[1.0, 0], [0, 3.0], [2.0, 0]])
    assert contrast(np.zeros((1, 2)), points)[0] == pytest.approx(2)
    assert contrast(np.array([[0.0, 3.0]]), points)[0] == np.inf


def test_gaussian_contrast_falls_and_dimension_is_read_back() -> None:
    rng = stream(0, "falls")
    found = []
    for d in (5, 50, 500):
        x = rng.standard_normal((400, d))
        found.append(np.median(contrast(x[:50], x[50:])))
        assert 2 / relative_variance(x[:50], x[50:]) == pytest.approx(d, rel=0.25)
    assert found[0] > 4 * found[1] > 4 * found[2]


def test_shuffled_columns_keep_marginals() -> None:
    x = stream(0, "x").standard_normal((30, 1)) * np.ones((30, 4))
    y = shuffled_columns(x, stream(1, "x"))
    assert (np.sort(y, axis=0) == np.sort(x, axis=0)).all()
    assert abs(np.corrcoef(y.T)[0, 1]) < 0.9
