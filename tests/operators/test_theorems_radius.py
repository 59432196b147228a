"""Search for counterexamples to the statements about powers and norms."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundwork.operators import (
    hermitian_norm,
    kreiss_bound,
    linear_rnn,
    power_norms,
    spectral_radius,
    symbolic,
    theorems,
)
from groundwork.operators.theorems import ROUNDING

ENTRIES = st.floats(-3, 3).map(lambda x: round(x, 3))
SQUARE = st.integers(1, 5).flatmap(lambda n: arrays(float, (n, n), elements=ENTRIES))
search = settings(max_examples=150, deadline=None, derandomize=True)


@search
@given(b=SQUARE, v=arrays(float, 5, elements=ENTRIES))
def test_norms(b: np.ndarray, v: np.ndarray) -> None:
    """Checks Lemma lem-norms with the constants of its proof."""
    assume(np.linalg.matrix_rank(b) == len(b))
    assert theorems.norms(b, v[: len(b)]) <= ROUNDING


@search
@given(a=SQUARE)
def test_schur(a: np.ndarray) -> None:
    """Checks Lemma lem-schur."""
    assert theorems.schur(a) <= ROUNDING


@search
@given(a=SQUARE, epsilon=st.floats(0.01, 1))
def test_decay(a: np.ndarray, epsilon: float) -> None:
    """Checks Theorem thm-decay: the bound with the constant of the proof."""
    assert theorems.decay(a, epsilon) <= ROUNDING


@search
@given(a=SQUARE, v=arrays(float, 5, elements=ENTRIES))
def test_real_operators_decay(a: np.ndarray, v: np.ndarray) -> None:
    """Checks Corollary cor-real in three norms; both directions."""
    rho = spectral_radius(a)
    assume(rho >= 1e-2)  # nearly nilpotent: scaling up would amplify rounding, not the operator
    v = v[: len(a)]
    states = linear_rnn(0.8 * a / rho, v, 400)
    assert all(
        np.linalg.norm(states[-1], p) <= 1e-9 * (1 + np.abs(v).max()) for p in (1, 2, np.inf)
    )
    assert power_norms(1.25 * a / rho, 200)[-1] >= 1e6
    assert theorems.real_decay(0.8 * a / rho, v) <= ROUNDING
    assert theorems.real_escape(a) <= ROUNDING


def test_a_rotation_has_no_real_eigenvalue_and_does_not_decay() -> None:
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])
    assert spectral_radius(turn) == pytest.approx(2)
    assert np.linalg.norm(linear_rnn(turn, [1.0, 0.0], 10)[-1]) == pytest.approx(2**10)


@search
@given(a=SQUARE)
def test_gelfand(a: np.ndarray) -> None:
    """Checks Corollary cor-gelfand: the inequality for every k, and the limit."""
    assert theorems.gelfand(a) <= 1e-6
    rho = spectral_radius(a)
    if rho > 1e-2:
        k = 3000
        assert power_norms(a / rho, k)[-1] ** (1 / k) == pytest.approx(1, abs=0.02)


@search
@given(a=SQUARE, rho=st.floats(0.05, 0.95))
def test_kreiss(a: np.ndarray, rho: float) -> None:
    """Checks Proposition prp-kreiss."""
    size = spectral_radius(a)
    if size > 1e-2:
        assert theorems.kreiss(a * rho / size) <= ROUNDING


@search
@given(a=SQUARE, b=SQUARE)
def test_hermitian(a: np.ndarray, b: np.ndarray) -> None:
    """Checks Theorem thm-hermitian for real symmetric and complex Hermitian operators."""
    assert theorems.hermitian((a + a.T) / 2) <= ROUNDING
    n = min(len(a), len(b))
    c = a[:n, :n] + 1j * b[:n, :n]
    assert theorems.hermitian(c + c.conj().T) <= ROUNDING


@search
@given(a=SQUARE, v=arrays(float, 5, elements=ENTRIES))
def test_growth_is_convex(a: np.ndarray, v: np.ndarray) -> None:
    """Checks Corollary cor-growth: the formula of part 1, log-convexity of the lengths."""
    w = (a + a.T) / 2
    assert theorems.growth(w, v[: len(a)]) <= ROUNDING
    lengths = np.linalg.norm(linear_rnn(w, v[: len(a)], 12), axis=1)
    middle, outer = lengths[1:-1] ** 2, lengths[:-2] * lengths[2:]
    assert (middle <= outer * (1 + 1e-9) + 1e-250).all()


@pytest.mark.parametrize("k", range(1, 5))
def test_growth_formula(k: int) -> None:
    """Checks Corollary cor-growth, part 1, symbolically for a 2×2 operator."""
    assert symbolic.symmetric_growth(k) == 0


@pytest.mark.parametrize("k", range(1, 8))
def test_transient_example(k: int) -> None:
    """Checks Example exm-transient symbolically: the powers of the coupled pair."""
    assert all(entry == 0 for entry in symbolic.pair_powers(k))


def test_products_escape_spectral_radii() -> None:
    a = np.array([[0.0, 2.0], [0.0, 0.0]])
    assert spectral_radius(a) == spectral_radius(a.T) == 0
    assert spectral_radius(a @ a.T) == pytest.approx(4)


def test_absolute_values_count() -> None:
    assert spectral_radius(np.diag([-3.0, 1.0])) == pytest.approx(3)
    assert hermitian_norm(np.diag([-3.0, 1.0])) == pytest.approx(3)
    with pytest.raises(ValueError, match="Hermitian"):
        hermitian_norm([[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="square"):
        spectral_radius(np.zeros((2, 3)))
    assert kreiss_bound(np.zeros((2, 2))) <= 1
