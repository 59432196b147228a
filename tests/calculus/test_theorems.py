"""One check for each numbered statement of the problem set `calculus`; each names its statement."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.calculus import checks, dynamics, symbolic
from groundwork.calculus.checks import formed_jacobian
from groundwork.calculus.minigrad_tensor import hessian, jvp, softmax
from groundwork.calculus.optimisers import gradient_and_hessian, newton
from groundwork.calculus.surfaces import well

LOGITS = st.lists(st.floats(-15, 15), min_size=2, max_size=9).map(np.array)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_softmax_jacobian(rng):
    """Checks Theorem thm-softmax: symbolically for n = 2, 3, 4, numerically to n = 12."""
    for n in (2, 3, 4):
        assert symbolic.softmax_jacobian(n) == sp.zeros(n, n)
    assert checks.softmax_jacobian(rng, 50).worst < 1e-9
    assert checks.forward_mode(rng, 50).worst < 1e-15


def test_symmetric(rng):
    """Checks Proposition prp-symmetric: J is the Hessian of log Σ exp, so it is symmetric."""
    assert checks.log_sum_exp_hessian(rng, 20).worst < 1e-14


def test_mass():
    """Checks Proposition prp-mass: columns and rows of J sum to 0 when s sums to 1."""
    for n in (2, 3, 4):
        assert all(entry == 0 for entry in symbolic.mass_terms(n))


@settings(max_examples=100, deadline=None)
@given(LOGITS, st.integers(0, 10**6))
def test_mass_correction_is_unique(x, seed):
    """Checks Proposition prp-mass: diag(s) − s cᵀ conserves mass for c = s and for no other c."""
    s = softmax(x)
    c = s + np.random.default_rng(seed).standard_normal(len(s))
    leak = np.abs((np.diag(s) - np.outer(s, c)).sum(axis=0)).max()
    assert leak == pytest.approx(np.abs(s - c).max(), abs=1e-12)
    assert leak > 1e-6


@settings(max_examples=150, deadline=None)
@given(LOGITS, st.integers(0, 10**6))
def test_semidefinite_with_null_vector_one(x, seed):
    """Checks Theorem thm-psd: search for v with vᵀJv < 0; J1 = 0."""
    j = formed_jacobian(x)
    v = np.random.default_rng(seed).standard_normal(len(x))
    assert v @ j @ v >= -1e-15
    assert np.linalg.eigvalsh(j)[0] >= -1e-15
    np.testing.assert_allclose(j @ np.ones(len(x)), 0.0, atol=1e-15)


def test_rank_and_variance(rng):
    """Checks Theorem thm-psd: rank n − 1, and vᵀJv is a variance."""
    assert checks.rank(rng, 200).worst == 0
    assert checks.variance(rng, 100).worst < 1e-13
    assert checks.null_vector(rng, 100).worst < 1e-14


@settings(max_examples=150, deadline=None)
@given(LOGITS)
def test_norm_at_most_one_half(x):
    """Checks Proposition prp-half: search for an eigenvalue of J above ½."""
    assert np.linalg.eigvalsh(formed_jacobian(x))[-1] <= 0.5 + 1e-15


def test_one_half_is_reached(rng):
    """Checks Proposition prp-half: two equal logits far above the rest reach ½."""
    assert 1.0 - 1e-6 < checks.half(rng, 200).worst <= 1.0 + 1e-12


def test_line_lemma(rng):
    """Checks Lemma lem-line: g″(t) = hᵀH(a + th)h along random lines."""
    assert checks.along_a_line(rng, 20).worst < 1e-11


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_taylor_remainder(seed):
    """Checks Theorem thm-taylor: search for a remainder above L|h|³/6."""
    assert checks.taylor(np.random.default_rng(seed), 1).worst <= 1.0 + 1e-6


def test_taylor_remainder_is_sharp():
    """Checks Theorem thm-taylor: x³ at 1 has L = 6 and a remainder of exactly L|h|³/6 = |h|³."""
    value, slope = jvp(lambda x: x**3, 1.0, 1.0)
    curvature = float(hessian(lambda x: x**3, 1.0))
    for h in (-0.7, 0.3, 2.0):
        remainder = (1.0 + h) ** 3 - float(value) - float(slope) * h - curvature * h**2 / 2
        assert abs(remainder) == pytest.approx(6.0 * abs(h) ** 3 / 6.0)


def test_commuting_second_derivatives(rng):
    """Checks Lemma lem-schwarz: ∂i∂j and ∂j∂i, each pushed forward on its own, agree."""
    assert checks.schwarz(rng, 20).worst < 1e-12


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9))
def test_mixed_signs_make_a_saddle(seed):
    """Checks Theorem thm-saddle: search t < 3|λ|/L for the wrong sign, zeros too."""
    assert checks.saddle(np.random.default_rng(seed), 2).worst == 0


def test_zero_eigenvalues_decide_nothing():
    """Checks Proposition prp-zero: one Hessian diag(2, 0), three kinds of critical point."""
    assert all(zero == 0 for zero in symbolic.silent_hessians())
    y = np.array([-1e-2, 1e-2])
    for f, kind in (
        (lambda x: x[..., 0] ** 2 + x[..., 1] ** 4, "minimum"),
        (lambda x: x[..., 0] ** 2 - x[..., 1] ** 4, "saddle"),
        (lambda x: x[..., 0] ** 2 + x[..., 1] ** 3, "saddle"),
    ):
        g, h = gradient_and_hessian(f, np.zeros(2))
        np.testing.assert_array_equal(g, 0.0)
        np.testing.assert_array_equal(h, np.diag([2.0, 0.0]))
        lowest = f(np.stack([0 * y, y], axis=-1)).min()
        assert (lowest > 0) == (kind == "minimum")


def test_newton_converges_whatever_the_signs(rng):
    """Checks Theorem thm-newton: |x₊| ≤ βL|x|² within 1/(2βL)."""
    assert checks.random_critical(rng).eigenvalues.min() < 0
    assert dynamics.newton_contracts(rng, 30).worst <= 1.0


def test_multipliers(rng):
    """Checks Theorem thm-multipliers: 1 − ηλ, 0, 1 − η, 1 − sign λ by central differences."""
    assert dynamics.multipliers(rng, 8).worst < 1e-6


def test_expelled(rng):
    """Checks Theorem thm-expelled: starts in the cone leave the ball."""
    assert dynamics.expelled(rng, 6).worst == 0


def test_homogeneous(rng):
    """Checks Proposition prp-homogeneous: symbolically, and by steps of the optimiser itself."""
    assert all(entry == 0 for entry in symbolic.homogeneous_newton())
    assert dynamics.homogeneous(rng, 20).worst < 1e-13


def test_newton_flow(rng):
    """Checks Proposition prp-flow: ∇f(x(1)) = e⁻¹∇f(x(0)), whatever the signs of H."""
    assert dynamics.newton_flow(rng, 2).worst < 1e-5


def test_descent_direction(rng):
    """Checks Proposition prp-descent: −|H|⁻¹∇f points downhill; −H⁻¹∇f does not always."""
    assert dynamics.descent(rng, 40).worst == 0
    g, h = gradient_and_hessian(well, np.array([0.01, 0.5]))
    assert g @ -np.linalg.solve(h, g) > 0


def test_trust_region_reading(rng):
    """Checks Proposition prp-trust: |dᵀHd| ≤ dᵀ|H|d, and no direction gains more than the step."""
    assert dynamics.absolute_hessian(rng, 300).worst <= 1.0 + 1e-12


def test_alternation():
    """Checks Theorem thm-alternation: SymPy for the map, and the intervals one after another."""
    assert all(entry == 0 for entry in symbolic.newton_cycle())
    edges, sign = dynamics.alternation(10)
    np.testing.assert_array_equal(sign, [(-1.0) ** (k + 1) for k in range(10)])
    assert (np.diff(edges) < 0).all()
    assert edges[-1] > np.sqrt(0.4)
    # the optimiser itself, on the surface, from the middles of the same intervals
    starts = np.stack([0.0 * sign, 0.5 * (edges[1:] + edges[:-1])], axis=-1)
    ends = newton(well, starts, steps=60)[-1]
    np.testing.assert_allclose(ends[:, 1], sign * np.sqrt(2.0), atol=1e-9)
