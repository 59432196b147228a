"""The problem set's statements as numbers that must not be positive.

Each function takes one case and returns by how much, relatively, the statement fails on it;
rounding alone gives something below `ROUNDING`. The tests search for counterexamples with
Hypothesis, and a step counts the seeded cases that a document quotes.
"""

import numpy as np
from numpy.typing import NDArray

from groundwork.operators import radius, volumes
from groundwork.operators.svd import low_rank, svd

Matrix = NDArray[np.floating]

ROUNDING = 1e-7  # eig's half precision is the loosest of the methods used


def norms(b: Matrix, v: Matrix) -> float:
    """Checks Lemma lem-norms on N(v) = ‖b·v‖₂, b invertible: c·|v|₁ ≤ N(v) ≤ C·|v|₁.

    C is the constant of the proof, the largest N of a basis vector; c = σ_min(b)/√n.
    """
    size = float(np.linalg.norm(b @ v))
    taxicab = float(np.abs(v).sum())
    upper = float(np.linalg.norm(b, axis=0).max())
    lower = float(np.linalg.norm(b, -2)) / np.sqrt(len(v))
    return max(size - upper * taxicab, lower * taxicab - size) / max(upper * taxicab, 1e-300)


def schur(a: Matrix) -> float:
    """Checks Lemma lem-schur: a = q t q*, q unitary, t upper triangular."""
    q, t = radius.triangularise(a)
    fault = np.linalg.norm(q @ t @ q.conj().T - a) / max(float(np.linalg.norm(a)), 1e-300)
    unitary = np.linalg.norm(q.conj().T @ q - np.eye(len(a)))
    return max(float(fault), float(unitary), _below(t))


def decay(a: Matrix, epsilon: float, steps: int = 60) -> float:
    """Checks Theorem thm-decay: ‖aᵏ‖ ≤ c·(ρ + ε)ᵏ with the constant of its proof.

    ρ is at least the computed one, so the Schur form's own rounding is on the safe side.
    """
    constant, rate = radius.decay_bound(a, epsilon)
    norms = radius.power_norms(a, steps)
    return float((norms / (constant * rate ** np.arange(steps + 1))).max() - 1)


def real_decay(a: Matrix, v: Matrix, steps: int = 60) -> float:
    """Checks Corollary cor-real where ρ < 1: the states of a real operator, in three norms."""
    constant, rate = radius.decay_bound(a, 0.1)
    states = radius.linear_rnn(a, v, steps)
    bound = constant * rate ** np.arange(steps + 1) * max(float(np.linalg.norm(v)), 1e-300)
    widths: dict[float, float] = {1: float(np.sqrt(len(v))), 2: 1.0, np.inf: 1.0}  # ‖·‖_p ≤ w‖·‖₂
    return float(
        max((np.linalg.norm(states, p, axis=1) / (w * bound)).max() - 1 for p, w in widths.items())
    )


def real_escape(a: Matrix, steps: int = 12) -> float:
    """Checks Corollary cor-real where ρ ≥ 1: real and imaginary part of z cannot both decay.

    With a·z = λz, |λ| = ρ, the squared lengths of aᵏ·Re z and aᵏ·Im z sum to ρ²ᵏ|z|².
    """
    values, vectors = np.linalg.eig(a)
    largest = int(np.abs(values).argmax())
    rho, z = float(np.abs(values[largest])), vectors[:, largest]
    parts = [radius.linear_rnn(a / rho, part, steps) for part in (z.real, z.imag)]
    squares = sum(np.square(np.linalg.norm(part, axis=1)) for part in parts)
    return float(np.abs(squares / np.linalg.norm(z) ** 2 - 1).max())


def gelfand(a: Matrix, steps: int = 40) -> float:
    """Checks Corollary cor-gelfand: ρ ≤ ‖aᵏ‖^(1/k), in the norms of order 1, 2, ∞."""
    rho = radius.spectral_radius(a)
    if rho == 0:
        return 0.0
    k = np.arange(1, steps + 1)
    orders: tuple[float, ...] = (1, 2, np.inf)
    roots = [radius.power_norms(a / rho, steps, order)[1:] ** (1 / k) for order in orders]
    return float(1 - np.min(roots))


def kreiss(a: Matrix, steps: int = 400) -> float:
    """Checks Proposition prp-kreiss on a matrix of spectral radius at most 0.95."""
    return float(radius.kreiss_bound(a) / radius.power_norms(a, steps).max() - 1)


def hermitian(a: Matrix, power: int = 5) -> float:
    """Checks Theorem thm-hermitian: ‖a‖ = max |λ| and ‖aᵏ‖ = ‖a‖ᵏ for Hermitian a."""
    norm = float(np.linalg.norm(a, 2))
    if norm == 0:
        return abs(radius.hermitian_norm(a))
    unit = a / norm
    grown = float(np.linalg.norm(np.linalg.matrix_power(unit, power), 2))
    return max(abs(radius.hermitian_norm(a) / norm - 1), abs(grown - 1))


def growth(a: Matrix, v: Matrix, steps: int = 12) -> float:
    """Checks Corollary cor-growth: the lengths |Wᵏv| from the eigenvalues, and their convexity.

    `a` is Hermitian; it and `v` are brought to size 1 first.
    """
    values, basis = np.linalg.eigh(a)
    rho, size = float(np.abs(values).max()), float(np.linalg.norm(v))
    if rho == 0 or size == 0:
        return 0.0
    lengths = np.linalg.norm(radius.linear_rnn(a / rho, v / size, steps), axis=1)
    shares = np.abs(basis.conj().T @ v / size) ** 2
    powers = np.abs(values / rho)[None] ** (2 * np.arange(steps + 1))[:, None]  # (steps + 1, n)
    formula = np.abs(lengths - np.sqrt(powers @ shares)).max()
    bend = (lengths[1:-1] ** 2 - lengths[:-2] * lengths[2:]).max()
    return float(max(formula, bend))


def decomposition(a: Matrix) -> float:
    """Checks Theorem thm-svd: T vᵢ = σᵢ uᵢ, T* uᵢ = σᵢ vᵢ, both lists orthonormal, σ falling."""
    u, s, vt = svd(a)
    size = max(float(s.max(initial=0.0)), 1e-300)
    unit = np.eye(len(s))
    faults = [
        np.linalg.norm(a @ vt.conj().T - u * s) / size,
        np.linalg.norm(a.conj().T @ u - vt.conj().T * s) / size,
        np.linalg.norm(u.conj().T @ u - unit),
        np.linalg.norm(vt @ vt.conj().T - unit),
        np.diff(s).max(initial=0.0) / size,
        -s.min(initial=0.0) / size,
    ]
    return float(max(faults))


def eckart_young(a: Matrix, rival: Matrix, rank: int) -> float:
    """Checks Theorem thm-eckart-young: no rival of rank ≤ `rank` is nearer than the truncation."""
    size = max(float(np.linalg.norm(a)), 1e-300)
    best = np.linalg.norm(a - low_rank(a, rank, method="jacobi"))
    tail = np.sqrt(np.square(svd(a, method="jacobi").s[rank:]).sum())
    return float(max(best - np.linalg.norm(a - rival), abs(best - tail)) / size)


def ties(values: Matrix, angle: float, rank: int) -> float:
    """Checks Theorem thm-eckart-young's equality case on diag(values).

    Turns the `rank`-th left vector towards the next one: the distance stays the same exactly when
    the two values are equal (or the first is zero), and grows otherwise.
    """
    a = np.diag(values)
    x = np.zeros(len(values))
    x[rank - 1], x[rank] = np.cos(angle), np.sin(angle)
    basis = np.column_stack([np.eye(len(values))[:, : rank - 1], x])
    distance = np.linalg.norm(a - basis @ (basis.T @ a)) ** 2
    expected = np.square(values[rank:]).sum() + np.sin(angle) ** 2 * (
        values[rank - 1] ** 2 - values[rank] ** 2
    )
    return float(abs(distance - expected) / max(np.square(values).sum(), 1e-300))


def cube(dim: int) -> float:
    """Checks Theorem thm-cube: the ball fills at most (π/4)^⌊d/2⌋ of the cube around it."""
    return volumes.log_cube_ratio(dim) - dim // 2 * np.log(np.pi / 4)


def equator(dim: int, height: float) -> float:
    """Checks Theorem thm-equator: at most (1 − h²)^(d/2) of the ball is farther than h from it."""
    return 1 - volumes.slab_fraction(dim, height) - volumes.equator_bound(dim, height)


def sphere(dim: int, height: float) -> float:
    """Checks Proposition prp-sphere, for dim ≥ 2 and height ≤ 1/√2.

    The first coordinate on the sphere has the density that it has in the ball two dimensions
    lower (Archimedes' theorem for dim = 3).
    """
    return 1 - volumes.slab_fraction(dim - 2, height) - 2 * volumes.equator_bound(dim, height)


def _below(t: NDArray[np.complexfloating]) -> float:
    return float(np.abs(np.tril(t, -1)).max(initial=0.0))
