"""Matrices on which a singular value decomposition goes wrong: the tests' and the table's stock."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def orthonormal(m: int, n: int, rng: np.random.Generator) -> Matrix:
    """A random m×n matrix with orthonormal columns (m ≥ n)."""
    return np.linalg.qr(rng.standard_normal((m, n)))[0]


def with_values(m: int, n: int, values: NDArray[np.float64], rng: np.random.Generator) -> Matrix:
    """A random m×n matrix with these singular values. Shapes: values (min(m, n),) → (m, n)."""
    k = min(m, n)
    return (orthonormal(m, k, rng) * values) @ orthonormal(n, k, rng).T


def column_graded(m: int, n: int, decades: float, rng: np.random.Generator) -> Matrix:
    """B·D with B Gaussian (well conditioned for m ≥ 2n) and D falling over `decades`, shuffled."""
    return rng.standard_normal((m, n)) * rng.permutation(np.logspace(0, -decades, n))


def hilbert(n: int) -> Matrix:
    """1/(i + j + 1): condition past 1e18 from n = 13 on."""
    index = np.arange(n)
    return 1.0 / (index[:, None] + index + 1)


def gallery(rng: np.random.Generator) -> dict[str, Matrix]:
    """Named matrices, each with one way of being hard."""
    return {
        "rank 8": rng.standard_normal((60, 8)) @ rng.standard_normal((8, 40)),
        "rank 1": np.outer(rng.standard_normal(80), rng.standard_normal(50)),
        "repeated values": with_values(60, 40, np.repeat([3.0, 2.0, 1.0, 0.5], 10), rng),
        "identity": np.eye(30),
        "orthogonal": orthonormal(50, 50, rng),
        "projection, rank 50": with_values(200, 150, np.repeat([1.0, 0.0], [50, 100]), rng),
        "graded, κ = 1e12": with_values(60, 40, np.logspace(0, -12, 40), rng),
        "columns graded by 1e12": column_graded(80, 40, 12, rng),
        "four clusters": with_values(128, 128, np.repeat([1.0, 1e-3, 1e-6, 1e-9], 32), rng),
        "Hilbert": hilbert(60),
        "Jordan block": 0.9 * np.eye(40) + np.diag(np.ones(39), 1),
        "all ones": np.ones((40, 30)),
        "tall": rng.standard_normal((500, 20)),
        "wide": rng.standard_normal((20, 500)),
        "one row": rng.standard_normal((1, 50)),
        "one column": rng.standard_normal((50, 1)),
        "zero": np.zeros((7, 5)),
        "huge entries": 1e200 * rng.standard_normal((30, 20)),
        "tiny entries": 1e-200 * rng.standard_normal((30, 20)),
    }


def errors(
    a: NDArray[np.inexact], u: Matrix, s: Matrix, vt: Matrix, values: Matrix
) -> dict[str, float]:
    """Relative reconstruction error, distance from orthonormal, error of values over σ₁.

    Norms are Frobenius, taken after scaling by the largest entry so that they cannot overflow.
    """
    scale = float(np.abs(a).max(initial=0.0)) or 1.0
    size = float(np.linalg.norm(a / scale)) or 1.0
    identity = np.eye(len(s))
    return {
        "reconstruction": float(np.linalg.norm((u * (s / scale)) @ vt - a / scale)) / size,
        "orthogonality": max(
            float(np.abs(u.conj().T @ u - identity).max(initial=0.0)),
            float(np.abs(vt @ vt.conj().T - identity).max(initial=0.0)),
        ),
        "values": float(np.abs(s - values).max(initial=0.0)) / (float(values[0]) or 1.0),
    }
