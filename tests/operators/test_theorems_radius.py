"""Search for counterexamples to the statements about powers and norms."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundwork.operators import (
    hermitian_norm,
    kreiss_bound,
    linear_rnn,
    power_norms,
    spectral_radius,
    theorems,
)
from groundwork.operators.theorems import ROUNDING

ENTRIES = st.floats(-3, 3).map(lambda x: round(x, 3))
SQUARE = st.integers(1, 5).flatmap(lambda n: arrays(float, (n, n), elements=ENTRIES))
search = settings(max_examples=150, deadline=None, derandomize=True)


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
    if rho < 1e-2:
        return  # nearly nilpotent: scaling up would amplify rounding, not the operator
    v = v[: len(a)]
    states = linear_rnn(0.8 * a / rho, v, 400)
    assert all(
        np.linalg.norm(states[-1], p) <= 1e-9 * (1 + np.abs(v).max()) for p in (1, 2, np.inf)
    )
    assert power_norms(1.25 * a / rho, 200)[-1] >= 1e6


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
    """Checks Corollary cor-growth, part 2: log-convexity of the lengths."""
    w = (a + a.T) / 2
    lengths = np.linalg.norm(linear_rnn(w, v[: len(a)], 12), axis=1)
    middle, outer = lengths[1:-1] ** 2, lengths[:-2] * lengths[2:]
    assert (middle <= outer * (1 + 1e-9) + 1e-250).all()


def test_growth_formula() -> None:
    """Checks Corollary cor-growth, part 1, symbolically for a 2×2 operator and k = 1 … 4."""
    x, y, t = sp.symbols("x y t", real=True)
    q = sp.Matrix([[sp.cos(t), -sp.sin(t)], [sp.sin(t), sp.cos(t)]])
    w = q * sp.diag(x, y) * q.T
    a, b = sp.symbols("a b", real=True)
    v = q * sp.Matrix([a, b])
    for k in range(1, 5):
        left = ((w**k * v).T * (w**k * v))[0]
        assert sp.simplify(left - (x ** (2 * k) * a**2 + y ** (2 * k) * b**2)) == 0


def test_transient_example() -> None:
    """Checks Example exm-transient symbolically: the powers of the coupled pair."""
    x, c = sp.symbols("lambda c", positive=True)
    t = sp.Matrix([[x, c], [0, x]])
    for k in range(1, 8):
        expected = sp.Matrix([[x**k, k * c * x ** (k - 1)], [0, x**k]])
        assert sp.simplify(t**k - expected) == sp.zeros(2, 2)


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
