"""The identities of the problem set in SymPy: each function returns what should be zero."""

import sympy as sp


def softmax_jacobian(n: int) -> sp.Matrix:
    """thm-softmax: ∂s_i/∂x_j − s_i(δ_ij − s_j), differentiated by SymPy, for n real symbols."""
    x = sp.symbols(f"x:{n}", real=True)
    total = sum(sp.exp(symbol) for symbol in x)
    s = sp.Matrix([sp.exp(symbol) / total for symbol in x])
    return (s.jacobian(x) - (sp.diag(*s) - s * s.T)).applyfunc(sp.simplify)


def mass_terms(n: int) -> sp.Matrix:
    """prp-mass: with s_n = 1 − Σ others, the column sums of diag(s) − s sᵀ, and J 1."""
    free = sp.symbols(f"s:{n - 1}", positive=True)
    s = sp.Matrix([*free, 1 - sum(free)])
    j = sp.diag(*s) - s * s.T
    ones = sp.ones(n, 1)
    return sp.Matrix([*(ones.T * j), *(j * ones)]).applyfunc(sp.expand)


def surface_determinants() -> list[sp.Expr]:
    """Hessian determinants of the three curved surfaces less the closed forms that are used."""
    a, b = sp.symbols("a b", real=True)
    monkey = a**3 - 3 * a * b**2
    r2 = a**2 + b**2
    forms = {
        a**2 - b**2 + b**4 / 4: 2 * (3 * b**2 - 2),
        monkey: -36 * r2,
        monkey + sp.Rational(3, 4) * r2**2: 27 * r2**2 - 36 * r2 - 36 * monkey,
    }
    return [sp.expand(sp.hessian(f, (a, b)).det() - form) for f, form in forms.items()]


def newton_cycle() -> list[sp.Expr]:
    """thm-alternation: what is claimed of N(y) = 2y³/(3y² − 2), each claim as a zero.

    N is Newton's map of y³ − 2y; N(√(2/5)) = −√(2/5); N′(√(2/5)) = −6; N′ = 6y²(y² − 2)/(3y² − 2)².
    """
    y = sp.symbols("y", real=True)
    g = y**3 - 2 * y
    n = 2 * y**3 / (3 * y**2 - 2)
    cycle = sp.sqrt(sp.Rational(2, 5))
    slope = 6 * y**2 * (y**2 - 2) / (3 * y**2 - 2) ** 2
    return [
        sp.simplify(y - g / sp.diff(g, y) - n),
        sp.simplify(n.subs(y, cycle) + cycle),
        sp.simplify(sp.diff(n, y) - slope),
        sp.simplify(slope.subs(y, cycle) + 6),
    ]


def homogeneous_newton() -> list[sp.Expr]:
    """prp-homogeneous: H x − (d − 1)∇f for x² − y² (d = 2) and for the monkey saddle (d = 3)."""
    a, b = sp.symbols("a b", real=True)
    x = sp.Matrix([a, b])
    zeros: list[sp.Expr] = []
    for f, degree in ((a**2 - b**2, 2), (a**3 - 3 * a * b**2, 3)):
        gradient = sp.Matrix([sp.diff(f, a), sp.diff(f, b)])
        zeros += list((sp.hessian(f, (a, b)) * x - (degree - 1) * gradient).applyfunc(sp.expand))
    return zeros


def silent_hessians() -> list[sp.Expr]:
    """prp-zero: at the origin, the gradients of its five functions and their Hessians' departures."""
    a, b = sp.symbols("a b", real=True)
    half, none = sp.diag(2, 0), sp.zeros(2, 2)
    claimed = {
        a**2 + b**4: half,
        a**2 - b**4: half,
        a**2 + b**3: half,
        a**3 - 3 * a * b**2: none,
        a**4 + b**4: none,
    }
    origin = {a: 0, b: 0}
    zeros: list[sp.Expr] = []
    for f, second in claimed.items():
        zeros += [sp.diff(f, x).subs(origin) for x in (a, b)]
        zeros += list(sp.hessian(f, (a, b)).subs(origin) - second)
    return zeros


def zeros() -> list[sp.Expr]:
    """Every identity above (softmax for n = 2, 3, 4), flattened."""
    matrices = [softmax_jacobian(n) for n in (2, 3, 4)] + [mass_terms(n) for n in (2, 3, 4)]
    flat = [entry for matrix in matrices for entry in matrix]
    flat += surface_determinants() + newton_cycle() + homogeneous_newton()
    return flat + silent_hessians()
