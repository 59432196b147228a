"""Truncation against rivals, and the cases of equality."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.core.seeds import stream
from groundwork.operators import low_rank, svd, symbolic
from groundwork.operators.gallery import with_values
from groundwork.operators.rivals import alternating, perturbed, random_rivals
from groundwork.operators.theorems import ROUNDING, eckart_young, ties


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    m=st.integers(1, 9), n=st.integers(1, 9), seed=st.integers(0, 2**32),
    data=st.data(),
)  # fmt: skip
def test_no_rival_is_nearer(m: int, n: int, seed: int, data: st.DataObject) -> None:
    """Checks Theorem thm-eckart-young, part 1."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((m, n)) * rng.integers(0, 2, n)
    rank = data.draw(st.integers(1, min(m, n)))
    best = low_rank(a, rank)
    for b in [*random_rivals(a, rank, 4, rng), perturbed(best, 10.0 ** -rng.integers(0, 8), rng)]:
        assert eckart_young(a, b, rank) <= ROUNDING


def test_a_thousand_random_and_a_hundred_optimised_rivals() -> None:
    """Checks Theorem thm-eckart-young, part 1, with the distance the theorem names."""
    rng = stream(0, "rivals")
    a = with_values(20, 15, np.linspace(3, 0.1, 15), rng)
    least = np.sqrt(np.square(np.linalg.svd(a, compute_uv=False)[5:]).sum())
    assert np.linalg.norm(a - low_rank(a, 5)) == pytest.approx(least, rel=1e-12)
    random = [np.linalg.norm(a - b) for b in random_rivals(a, 5, 1000, rng)]
    fitted = [np.linalg.norm(a - alternating(a, 5, 60, rng)) for _ in range(100)]
    assert min(random) > least
    assert min(fitted) >= least * (1 - 1e-12)
    assert np.median(fitted) <= least * (1 + 1e-3)  # the optimiser is a serious rival


def test_rivals_have_the_rank_they_claim() -> None:
    rng = stream(1, "rivals")
    a = rng.standard_normal((12, 9))
    found = [*random_rivals(a, 3, 8, rng), alternating(a, 3, 3, rng)]
    found.append(perturbed(low_rank(a, 3), 0.5, rng))
    assert [np.linalg.matrix_rank(b) for b in found] == [3] * len(found)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    values=st.lists(st.integers(0, 4), min_size=6, max_size=6), angle=st.floats(0, 6.3),
    rank=st.integers(1, 5),
)  # fmt: skip
def test_ties(values: list[int], angle: float, rank: int) -> None:
    """Checks Theorem thm-eckart-young, part 2, on diagonal operators."""
    assert ties(np.sort(np.array(values, float))[::-1], angle, rank) <= ROUNDING


def test_exactly_the_admissible_subspaces_reach_the_minimum() -> None:
    """Checks Theorem thm-eckart-young, parts 2 and 3: X between E_> and E_≥, and no other."""
    rng = stream(2, "ties")
    a = with_values(8, 7, np.array([3.0, 2, 2, 2, 1, 0.5, 0]), rng)
    u = np.linalg.svd(a)[0]
    least = np.linalg.norm(a - low_rank(a, 2))
    for _ in range(50):
        inside = u[:, 1:4] @ rng.standard_normal(3)
        x = np.linalg.qr(np.column_stack([u[:, 0], inside]))[0]
        assert np.linalg.norm(a - x @ (x.T @ a)) == pytest.approx(least, rel=1e-12)
        outside = x[:, 1] + 0.3 * u[:, 4]
        y = np.linalg.qr(np.column_stack([u[:, 0], outside]))[0]
        assert np.linalg.norm(a - y @ (y.T @ a)) > least * (1 + 1e-3)


def test_the_operator_norm_has_other_nearest_matrices() -> None:
    """The remark after Theorem thm-eckart-young: diag(t, 0), 1 ≤ t ≤ 3, nearest to diag(2, 1)."""
    a = np.diag([2.0, 1.0])
    for t in (1.0, 1.7, 3.0):
        assert np.linalg.norm(a - np.diag([t, 0]), 2) == pytest.approx(1)
    assert np.linalg.norm(a - np.diag([3.1, 0]), 2) > 1.05


def test_identity_of_the_weights() -> None:
    """Checks Theorem thm-eckart-young, the identity from which inequality and equality follow."""
    assert all(symbolic.weights(k, m) == 0 for m in range(1, 6) for k in range(1, m + 1))


def test_low_rank_edges() -> None:
    a = stream(0, "edges").standard_normal((5, 8))
    assert (low_rank(a, 0) == 0).all()
    assert np.abs(low_rank(a, 5) - a).max() <= 1e-13
    assert np.abs(low_rank(a, 99) - a).max() <= 1e-13
    assert np.linalg.matrix_rank(low_rank(a, 2)) == 2
    assert np.abs(low_rank(a, 2) - low_rank(a, 2, method="jacobi")).max() <= 1e-12
    assert svd(low_rank(a, 2)).s[2] <= 1e-7
    with pytest.raises(ValueError, match="negative"):
        low_rank(a, -1)
