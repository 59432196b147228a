"""The identities of the problem set in SymPy: each function returns what should be zero."""

import sympy as sp


def volume(d: int) -> sp.Expr:
    """V_d = π^(d/2)/Γ(d/2 + 1), the formula of thm-ball."""
    half = sp.Rational(d, 2)
    return sp.pi**half / sp.gamma(half + 1)


def gaussian_integral(d: int) -> sp.Expr:
    """thm-ball: ∫ exp(−|x|²) over R^d sliced by height, less the same by coordinates."""
    u, t = sp.symbols("u t", positive=True)
    by_height = volume(d) * sp.integrate(u ** sp.Rational(d, 2) * sp.exp(-u), (u, 0, sp.oo))
    by_coordinates = (2 * sp.integrate(sp.exp(-(t**2)), (t, 0, sp.oo))) ** d
    return sp.simplify(by_height - by_coordinates)


def recurrence(d: int) -> sp.Expr:
    """cor-recurrence: V_d − (2π/d)·V_(d−2)."""
    return sp.simplify(volume(d) - 2 * sp.pi / d * volume(d - 2))


def width(d: int) -> sp.Expr:
    """prp-width: E⟨x, u⟩² = E|x|²/d by its integral, less 1/(d + 2)."""
    s = sp.symbols("s", positive=True)
    square = sp.integrate(1 - s ** sp.Rational(d, 2), (s, 0, 1))
    return sp.simplify(square / d - sp.Rational(1, d + 2))


def pair_powers(k: int) -> sp.Matrix:
    """exm-transient: the k-th power of ((λ, c), (0, λ)), less its closed form."""
    x, c = sp.symbols("lambda c", positive=True)
    closed = sp.Matrix([[x**k, k * c * x ** (k - 1)], [0, x**k]])
    return (sp.Matrix([[x, c], [0, x]]) ** k - closed).applyfunc(sp.simplify)


def symmetric_growth(k: int) -> sp.Expr:
    """cor-growth, part 1: |Wᵏv|² − Σ λ_j^(2k)·a_j² for a symmetric 2×2 operator W."""
    x, y, r, a, b = sp.symbols("x y r a b", real=True)
    # every rotation but the half turn, by rational numbers: cos = (1 − r²)/(1 + r²)
    q = sp.Matrix([[1 - r**2, -2 * r], [2 * r, 1 - r**2]]) / (1 + r**2)
    w, v = q * sp.diag(x, y) * q.T, q * sp.Matrix([a, b])
    left = ((w**k * v).T * (w**k * v))[0]
    return sp.cancel(left - (x ** (2 * k) * a**2 + y ** (2 * k) * b**2))


def weights(k: int, m: int) -> sp.Expr:
    """thm-eckart-young: left less right side of its identity, where the m weights sum to k."""
    squares = sp.symbols(f"q1:{m + 1}", nonnegative=True)  # σ_j²
    free = sp.symbols(f"w1:{m}", real=True)
    w = [*free, k - sum(free)]
    left = sum(squares[:k]) - sum(q * x for q, x in zip(squares, w, strict=True))
    kept = sum((q - squares[k - 1]) * (1 - x) for q, x in zip(squares[:k], w[:k], strict=True))
    rest = sum((squares[k - 1] - q) * x for q, x in zip(squares[k:], w[k:], strict=True))
    return sp.expand(left - kept - rest)


def zeros() -> list[sp.Expr]:
    """Every identity above over a range of dimensions or powers, flattened."""
    return [
        *(gaussian_integral(d) for d in range(1, 9)),
        *(recurrence(d) for d in range(2, 41)),
        *(width(d) for d in range(1, 11)),
        *(entry for k in range(1, 8) for entry in pair_powers(k)),
        *(symmetric_growth(k) for k in range(1, 5)),
        *(weights(k, m) for m in range(1, 6) for k in range(1, m + 1)),
    ]
