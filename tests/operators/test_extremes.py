"""Extreme scales, equal rows, complex input, empty matrices, matrices that rounding makes hard."""

import numpy as np
import pytest

from groundwork.operators import (
    ball_volume,
    contrast,
    cumulative_energy,
    decay_bound,
    distances,
    kreiss_bound,
    linear_rnn,
    log_ball_volume,
    power_norms,
    rank_for_energy,
    spectral_radius,
    stable_rank,
    svd,
    top_energy,
)
from groundwork.operators.gallery import errors
from groundwork.operators.neighbours import relative_variance

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(40, 300))


@pytest.mark.parametrize("n", range(1, 61))
def test_jacobi_converges_on_graphs_and_constants(n: int) -> None:
    """Rank 1 and 2 at size up to 120: all that rounding leaves are columns near underflow."""
    zero, one = np.zeros((n, n)), np.ones((n, n))
    graph = np.block([[zero, one], [one, zero]])
    cases = {"graph": graph, "constant": one, "half a graph": graph[:, :n], "turned": 1j * graph}
    for name, a in cases.items():
        u, s, vt = svd(a, method="jacobi")
        found = errors(a, u, s, vt, np.linalg.svd(a, compute_uv=False))
        assert max(found.values()) < 1e-13, (name, found)


@pytest.mark.parametrize("method", ["eig", "jacobi"])
@pytest.mark.parametrize("size", [1.7e308, 2.0**1023, 1e-300, 5e-324])
@pytest.mark.parametrize("turn", [1, 1j, 1 + 1j])
def test_svd_of_the_largest_and_smallest_numbers(method: str, size: float, turn: complex) -> None:
    a = np.diag([0.5, 0.25, 0.125]) * turn if size > 1 else np.eye(3) * turn
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        u, s, vt = svd(a * size, method=method)  # type: ignore[arg-type]
    right = np.abs(np.diag(a)) * size
    np.testing.assert_allclose(s, right, rtol=1e-14, atol=5e-324)
    np.testing.assert_allclose(u @ u.conj().T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose((u * (s / s[0])) @ vt, a / np.abs(a).max() * (1 + 0j), atol=1e-14)


def test_a_singular_value_beyond_the_largest_number_is_refused() -> None:
    for a in (np.full((2, 2), 1.7e308), np.array([[1.7e308 + 1.7e308j]])):
        with pytest.raises(ValueError, match="scale the matrix down"):
            svd(a)
    with pytest.raises(TypeError, match="holds numbers"):
        svd([["1", "2"]])


def test_shares_of_energy_do_not_depend_on_the_unit() -> None:
    s = np.array([3.0, 2.0, 1.0, 0.5])
    for unit in (2.0**-1000, 2.0**1000):
        np.testing.assert_array_equal(cumulative_energy(s * unit), cumulative_energy(s))
        assert stable_rank(s * unit) == stable_rank(s)
        assert top_energy(s * unit, 0.5) == top_energy(s, 0.5)
    assert stable_rank(np.zeros(3)) == 0


@pytest.mark.parametrize("unit", [1.0, 2.0**-900, 2.0**900])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_equal_rows_are_zero_apart_and_their_contrast_is_infinite(
    unit: float, offset: float
) -> None:
    x = (POINTS + offset) * unit
    for dtype in (np.float64, np.float32) if unit == 1 else (np.float64,):
        d = distances(x.astype(dtype), x.astype(dtype))
        np.testing.assert_array_equal(np.diag(d), 0)
        assert (d[~np.eye(len(d), dtype=bool)] > 0).all()
        assert np.isposinf(contrast(x.astype(dtype), x.astype(dtype))).all()
    if offset == 0:
        right = np.linalg.norm(POINTS[:, None] - POINTS, axis=-1)
        np.testing.assert_allclose(distances(x, x) / unit, right, rtol=1e-12)
        assert relative_variance(x, x) == relative_variance(POINTS, POINTS)
        np.testing.assert_array_equal(contrast(x[:3], x[3:]), contrast(POINTS[:3], POINTS[3:]))


def test_many_equal_rows_in_one_dimension_more() -> None:
    """The bound on cancellation grows with the number of coordinates."""
    x = RNG.normal(size=(3, 100_000)) * np.logspace(0, 3, 100_000)
    np.testing.assert_array_equal(np.diag(distances(x, x)), 0)
    np.testing.assert_array_equal(distances(np.ones((70, 2)), np.ones((5, 2))), 0)


def test_complex_points_and_other_numbers_of_coordinates_are_refused() -> None:
    for function in (distances, contrast, relative_variance):
        with pytest.raises(TypeError, match="complex"):
            function(POINTS * 1j, POINTS)
        with pytest.raises(TypeError, match="complex"):
            function(POINTS, POINTS + 1j)
        with pytest.raises(ValueError, match="1 features, where 300"):
            function(POINTS[:, :1], POINTS)
        with pytest.raises(ValueError, match="not finite"):
            function(np.full((1, 300), np.nan), POINTS)
    with pytest.raises(ValueError, match="at least one point"):
        contrast(POINTS, POINTS[:0])


def test_a_complex_state_stays_complex() -> None:
    states = linear_rnn(np.eye(2), [1j, 1.0], 3)
    np.testing.assert_array_equal(states[-1], [1j, 1.0])
    with pytest.raises(ValueError, match="does not fit"):
        linear_rnn(np.eye(2), [1.0], 3)


def test_empty_matrices_and_spectra() -> None:
    nothing = np.zeros((0, 0))
    assert svd(np.zeros((0, 3))).vt.shape == (0, 3)
    assert spectral_radius(nothing) == kreiss_bound(nothing) == 0
    np.testing.assert_array_equal(power_norms(nothing, 2), 0)
    assert decay_bound(nothing, 0.5) == (1.0, 0.5)
    assert cumulative_energy(np.zeros(0)).shape == (0,)
    assert stable_rank(np.zeros(0)) == rank_for_energy(np.zeros(0), 0.9) == 0
    with pytest.raises(ValueError, match="empty spectrum"):
        top_energy(np.zeros(0))
    assert distances(POINTS[:0], POINTS).shape == (0, 40)
    assert distances(POINTS, POINTS[:0]).shape == (40, 0)


def test_bounds_and_volumes_beyond_the_largest_number() -> None:
    assert decay_bound(np.triu(np.full((40, 40), 1e10)), 1e-3)[0] == np.inf
    assert ball_volume(4, 1e200) == np.inf
    assert log_ball_volume(4, 1e200) == pytest.approx(np.log(np.pi**2 / 2) + 800 * np.log(10))
    assert ball_volume(3, 0) == 0
    assert log_ball_volume(3, 0) == -np.inf
    assert log_ball_volume(0, 0) == 0
