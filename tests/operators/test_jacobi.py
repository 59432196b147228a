"""Jacobi against 50-digit arithmetic, and its parts."""

import mpmath
import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.operators import svd
from groundwork.operators.gallery import column_graded
from groundwork.operators.jacobi import pivoted_qr, round_robin


def exact_values(a: np.ndarray) -> np.ndarray:
    with mpmath.workdps(50):
        s = mpmath.svd_r(mpmath.matrix(a.tolist()), compute_uv=False)
        return np.sort([float(x) for x in s])[::-1]


@pytest.mark.parametrize("case", range(4))
def test_every_graded_value_has_ten_correct_digits(case: int) -> None:
    a = column_graded(20, 10, 12, stream(case, "graded"))
    exact = exact_values(a)
    assert exact[-1] / exact[0] < 1e-10
    assert np.abs(svd(a, method="jacobi").s / exact - 1).max() <= 1e-10


def test_the_oracle_sees_what_the_other_methods_lose() -> None:
    """Without a lossy method in sight the test above could pass for want of difficulty."""
    a = column_graded(20, 10, 16, stream(1, "graded"))
    exact = exact_values(a)
    assert np.abs(np.linalg.svd(a, compute_uv=False) / exact - 1).max() > 1e-10
    assert np.abs(svd(a, rtol=0).s / exact - 1).max() > 1e-10
    assert np.abs(svd(a, method="jacobi").s / exact - 1).max() <= 1e-13


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_pivoted_qr(kind: str) -> None:
    rng = stream(0, "qr")
    a = rng.standard_normal((9, 6))
    a[:, 4] = a[:, 1]
    if kind == "complex":
        a = a + 1j * rng.standard_normal((9, 6))
    q, r, order = pivoted_qr(a)
    assert np.abs(q @ r - a[:, order]).max() <= 1e-14
    assert np.abs(q.conj().T @ q - np.eye(6)).max() <= 1e-14
    assert np.abs(np.tril(r, -1)).max() == 0
    assert (np.diff(np.abs(np.diag(r))) <= 1e-14).all()


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8])
def test_round_robin_meets_every_pair_once(n: int) -> None:
    met = []
    for left, right in round_robin(n):
        columns = [*left.tolist(), *right.tolist()]
        assert len(set(columns)) == len(columns)
        met += [frozenset(pair) for pair in zip(left.tolist(), right.tolist(), strict=True)]
    assert len(met) == len(set(met)) == n * (n - 1) // 2
