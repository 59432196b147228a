"""Blocked Cholesky and substitution against LAPACK, at sizes around the block edges."""

import numpy as np
import pytest

from groundwork.kernel_ridge import (
    NotPositiveDefiniteError,
    cholesky_in_place,
    inverse_diagonal,
    solve_factored,
    solve_lower,
    solve_upper,
)
from groundwork.kernel_ridge.triangular import BLOCK

SIZES = [1, 2, 15, 16, 17, 191, 192, 193, 300, 400]


def positive_definite(n, decades, seed=0):
    """A matrix with eigenvalues spread over `decades` powers of ten."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    a = (q * np.logspace(0, -decades, n)) @ q.T
    return (a + a.T) / 2


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("decades", [0, 4, 9])
def test_factor_reproduces_the_matrix_as_well_as_lapack(n, decades):
    a = positive_definite(n, decades)
    ours = np.tril(cholesky_in_place(a.copy()))
    assert np.abs(ours @ ours.T - a).max() <= 1e-14 * n**0.5 * np.abs(a).max() + 1e-15
    np.testing.assert_allclose(ours, np.linalg.cholesky(a), atol=1e-15 * 10.0 ** (decades / 2 + 1))


def test_the_upper_triangle_is_never_read():
    a = positive_definite(300, 3)
    expected = np.tril(cholesky_in_place(a.copy()))
    for start in range(0, 300, BLOCK):  # everything right of the diagonal blocks
        a[start : start + BLOCK, start + BLOCK :] = np.nan
    np.testing.assert_array_equal(np.tril(cholesky_in_place(a)), expected)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("columns", [(), (1,), (3,)])
def test_substitution_solves_both_triangles(n, columns):
    a = positive_definite(n, 2)
    b = np.random.default_rng(1).normal(size=(n, *columns))
    factor = cholesky_in_place(a.copy())
    lower = np.tril(factor)
    np.testing.assert_allclose(lower @ solve_lower(factor, b), b, atol=1e-12)
    np.testing.assert_allclose(lower.T @ solve_upper(factor, b), b, atol=1e-12)
    np.testing.assert_allclose(solve_factored(factor, b), np.linalg.solve(a, b), atol=1e-10)


@pytest.mark.parametrize("n", SIZES)
def test_inverse_diagonal_equals_the_inverse(n):
    a = positive_definite(n, 3)
    ours = inverse_diagonal(cholesky_in_place(a.copy()))
    np.testing.assert_allclose(ours, np.diagonal(np.linalg.inv(a)), rtol=1e-10)


@pytest.mark.parametrize("n", [3, 192, 200])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_an_indefinite_matrix_is_refused_with_the_pivot_named(n, place):
    values = np.ones(n)
    values[place] = -2.0
    with pytest.raises(NotPositiveDefiniteError, match="not positive definite") as caught:
        cholesky_in_place(np.diag(values))
    assert caught.value.pivot == place % n
    assert caught.value.value == -2.0


def test_a_singular_matrix_is_refused_even_where_rounding_makes_it_look_definite():
    x = np.random.default_rng(4).normal(size=(200, 5))
    with pytest.raises(NotPositiveDefiniteError) as caught:
        cholesky_in_place(x @ x.T)  # rank 5
    assert caught.value.pivot == 5


def test_not_a_number_is_refused():
    a = np.eye(3)
    a[2, 1] = np.nan
    with pytest.raises(NotPositiveDefiniteError):
        cholesky_in_place(a)
