"""Spectral radius, powers of an operator, and norms: what decays, when, and after what detour."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Complex = NDArray[np.complexfloating]


def spectral_radius(a: ArrayLike) -> float:
    """The largest |λ| over all complex eigenvalues of a square matrix (real or complex).

    It is the modulus that counts: diag(−3, 1) has spectral radius 3. A real matrix is taken over
    the complex numbers, where a rotation has its eigenvalues. Zero for the 0×0 matrix.

    Raises: ValueError for a matrix that is not square.
    Checked by: tests/operators/test_theorems_radius.py.
    """
    matrix = _square(a)
    return float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))


def hermitian_norm(a: ArrayLike) -> float:
    """The operator norm (2-norm) of a Hermitian matrix: its largest |eigenvalue|.

    Raises: ValueError for a matrix that is not Hermitian, where the two may differ.
    Source: problem set, Theorem thm-hermitian.
    Checked by: tests/operators/test_theorems_radius.py.
    """
    matrix = _square(a)
    if not np.allclose(matrix, matrix.conj().T, rtol=1e-12, atol=0):
        raise ValueError("the norm is the largest |eigenvalue| for Hermitian matrices only")
    return spectral_radius(matrix)


def triangularise(a: ArrayLike) -> tuple[Complex, Complex]:
    """Schur form by the induction of its proof: unitary q and upper triangular t, a = q t q*.

    One eigenvector of the trailing block is split off at a time and completed to an orthonormal
    basis. Shapes: (n, n) → (n, n), (n, n).
    Source: problem set, Lemma lem-schur (Axler 6.38).
    Checked by: tests/operators/test_theorems_radius.py::test_schur.
    """
    t = _square(a).astype(complex)
    n = len(t)
    q = np.eye(n, dtype=complex)
    for k in range(n - 1):
        vector = np.linalg.eig(t[k:, k:])[1][:, :1]
        basis = np.linalg.qr(vector, mode="complete")[0]  # its first column spans the eigenvector
        t[k:, k:] = basis.conj().T @ t[k:, k:] @ basis
        t[:k, k:] = t[:k, k:] @ basis
        q[:, k:] = q[:, k:] @ basis
        t[k + 1 :, k] = 0
    return q, t


def decay_bound(a: ArrayLike, epsilon: float) -> tuple[float, float]:
    """(c, r) with ‖aᵏ‖₂ ≤ c·rᵏ for every k ≥ 0, where r = ρ(a) + epsilon.

    c = max(1, ‖N‖/epsilon)ⁿ⁻¹, N the part of the Schur form above its diagonal: how far the
    matrix is from normal.
    Source: problem set, Theorem thm-decay. Checked by: tests/operators/test_theorems_radius.py.
    """
    _, t = triangularise(a)
    above = float(np.linalg.norm(np.triu(t, 1)))
    radius = float(np.abs(np.diag(t)).max(initial=0.0))
    with np.errstate(over="ignore"):  # an infinite bound is one, if a useless one
        factor = np.float64(max(1.0, above / epsilon)) ** max(len(t) - 1, 0)
    return float(factor), radius + epsilon


def power_norms(
    a: ArrayLike, steps: int, order: Literal["fro", "nuc"] | float = 2
) -> NDArray[np.float64]:
    """‖aᵏ‖ for k = 0 … steps, in the operator norm of `order` (1, 2, inf) or "fro"."""
    matrix = _square(a)
    powers = np.empty((steps + 1, *matrix.shape), matrix.dtype)
    powers[0] = np.eye(len(matrix))
    for k in range(steps):
        powers[k + 1] = matrix @ powers[k]
    return np.linalg.norm(powers, order, axis=(1, 2))


def linear_rnn(w: ArrayLike, state: ArrayLike, steps: int) -> NDArray[np.floating]:
    """States h₀ … h_steps of the linear recurrent network hₖ = W hₖ₋₁. Shapes: → (steps + 1, n)."""
    matrix = _square(w)
    first = np.asarray(state)
    if first.shape != matrix.shape[:1]:
        raise ValueError(f"a state of shape {first.shape} does not fit an operator {matrix.shape}")
    states = [first.astype(np.result_type(matrix, first, float))]
    for _ in range(steps):
        states.append(matrix @ states[-1])
    return np.stack(states)


def kreiss_bound(
    a: ArrayLike, *, radii: NDArray[np.float64] | None = None, angles: int = 24
) -> float:
    """A lower bound on maxₖ ‖aᵏ‖₂: the largest (|z| − 1)·‖(z − a)⁻¹‖₂ over a grid of |z| > 1.

    Source: problem set, Proposition prp-kreiss (the easy half of Kreiss's matrix theorem).
    Checked by: tests/operators/test_theorems_radius.py.
    """
    matrix = _square(a)
    radii = 1 + np.logspace(-4, 1, 32) if radii is None else radii
    z = (radii[:, None] * np.exp(2j * np.pi * np.arange(angles) / angles)).ravel()
    smallest = np.linalg.svd(z[:, None, None] * np.eye(len(matrix)) - matrix, compute_uv=False).min(
        axis=1, initial=np.inf
    )
    return float(((np.abs(z) - 1) / smallest).max())


def _square(a: ArrayLike) -> NDArray[np.floating]:
    matrix = np.asarray(a)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"an operator's matrix is square; this has shape {matrix.shape}")
    return matrix.astype(complex if np.iscomplexobj(matrix) else float)
