"""One-sided Jacobi SVD with a pivoted QR before it: slower than `eig`, accurate to the last value.

Columns are rotated against each other, two by two, until all are orthogonal; their lengths are
then the singular values. A*A is never formed, so nothing is squared away. Pairs that share no
column are rotated at once (the round-robin schedule of a chess tournament), which is what makes
it bearable in NumPy.

Source: Demmel and Veselić 1992 (accuracy); Drmač and Veselić 2008 (the pivoted QR before it);
Golub and Van Loan, Matrix Computations (4th ed.), 5.4.2 and 8.6.3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # real or complex

SWEEPS = 40  # five to nine are the rule
VANISHED = 1e-140  # of the longest column: below it products of two lengths lose their digits


def jacobi_svd(a: Array) -> tuple[Array, NDArray[np.float64], Array]:
    """(u, s, v) with A = u·diag(s)·v*, for a tall matrix of moderate scale.

    Shapes: a (m, n), m ≥ n → u (m, n), s (n,), v (n, n).
    Raises: LinAlgError when `SWEEPS` sweeps leave columns that are not orthogonal.
    Checked by: tests/operators/test_jacobi.py, singular values against 50-digit arithmetic.
    """
    q, r, order = pivoted_qr(a)
    rotated, rotations = orthogonalise(r.conj().T)  # R* = X Σ Y*, so A P = (Q Y) Σ X*
    s = np.linalg.norm(rotated, axis=0)
    falling = np.argsort(-s, kind="stable")
    s, rotated, rotations = s[falling], rotated[:, falling], rotations[:, falling]
    v = np.empty_like(rotated)
    v[order] = _normalised(rotated, s)
    return q @ rotations, s, v


def pivoted_qr(a: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Householder QR with column pivoting: a[:, order] = q @ r, |r₁₁| ≥ |r₂₂| ≥ … .

    Shapes: a (m, n), m ≥ n → q (m, n), r (n, n), order (n,).
    Source: Businger and Golub 1965.
    Checked by: tests/operators/test_jacobi.py::test_pivoted_qr.
    """
    m, n = a.shape
    r, order = a.copy(), np.arange(n)
    reflectors: list[Array] = []
    first: np.floating[Any] = np.float64(0)
    for k in range(n):
        # Norms are recomputed, not downdated: downdating loses the small columns.
        pivot = k + int(np.linalg.norm(r[k:, k:], axis=0).argmax())
        r[:, [k, pivot]], order[[k, pivot]] = r[:, [pivot, k]], order[[pivot, k]]
        w = r[k:, k].copy()
        length = np.linalg.norm(w)
        first = first or length
        if length <= VANISHED * first:  # as is all that is left: the pivot is the longest
            r[k:, k:] = 0
            break
        w[0] += length * (w[0] / abs(w[0]) if w[0] != 0 else 1)
        size = np.linalg.norm(w)
        w = w / size
        r[k:, k:] -= 2 * np.outer(w, w.conj() @ r[k:, k:])
        r[k + 1 :, k] = 0
        reflectors.append(w)
    q = np.eye(m, n, dtype=a.dtype)
    for k, w in reversed(list(enumerate(reflectors))):
        q[k:, k:] -= 2 * np.outer(w, w.conj() @ q[k:, k:])
    return q, r[:n], order


def orthogonalise(a: Array) -> tuple[Array, Array]:
    """Rotate the columns of `a` until they are orthogonal: (a @ rotations, rotations).

    The goal is a cosine of √m·eps. Where a sweep no longer comes nearer to it, m·eps will do, the
    rounding of an inner product of m terms. Columns below `VANISHED` count as 0.

    Shapes: a (m, n) → (m, n), (n, n).
    Raises: LinAlgError when `SWEEPS` sweeps are not enough.
    """
    m, n = a.shape
    stacked = np.vstack([a, np.eye(n, dtype=a.dtype)]).T.copy()  # a row per column: contiguous
    eps = np.finfo(float).eps
    tolerance, worst = np.sqrt(m) * eps, np.inf
    for _ in range(SWEEPS):
        _drop_vanished(stacked[:, :m])
        before, worst = worst, 0.0
        for left, right in round_robin(n):
            worst = max(worst, _rotate(stacked, left, right, m, tolerance))
        if worst <= tolerance or before / 2 < worst <= m * eps:
            _drop_vanished(stacked[:, :m])
            return stacked[:, :m].T, stacked[:, m:].T
    raise np.linalg.LinAlgError(f"Jacobi did not converge in {SWEEPS} sweeps")


def _drop_vanished(columns: Array) -> None:
    lengths = np.linalg.norm(columns, axis=1)
    columns[lengths < VANISHED * lengths.max(initial=0.0)] = 0


def round_robin(n: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Every pair of n columns once, in rounds of disjoint pairs (a chess tournament)."""
    even = n + n % 2  # with an odd number, one column sits out each round
    ring = np.arange(even)
    rounds = []
    for _ in range(even - 1):
        left, right = ring[: even // 2], ring[: even // 2 - 1 : -1]
        real = (left < n) & (right < n)
        rounds.append((left[real], right[real]))
        ring = np.concatenate([ring[:1], ring[-1:], ring[1:-1]])
    return rounds


def _rotate(
    stacked: Array, left: NDArray[np.intp], right: NDArray[np.intp], m: int, tolerance: float
) -> float:
    """Make each pair's first m entries orthogonal; the largest |cosine| met on the way."""
    x, y = stacked[left], stacked[right]  # (pairs, m + n)
    alpha = np.linalg.norm(x[:, :m], axis=1)
    beta = np.linalg.norm(y[:, :m], axis=1)
    gamma = np.einsum("pi,pi->p", x[:, :m].conj(), y[:, :m])
    size, lengths = np.abs(gamma), alpha * beta
    cosine = np.divide(size, lengths, out=np.zeros(len(left)), where=lengths > 0)
    turn = cosine > tolerance
    if not turn.any():
        return float(cosine.max(initial=0.0))
    left, right, x, y = left[turn], right[turn], x[turn], y[turn]
    alpha, beta, gamma, size = alpha[turn], beta[turn], gamma[turn], size[turn]
    # tan of the smaller angle that zeroes the inner product; ζ in a form that cannot overflow
    zeta = (beta - alpha) * (beta + alpha) / (2 * size)
    t = np.where(zeta >= 0, 1.0, -1.0) / (np.abs(zeta) + np.hypot(1.0, zeta))
    c = 1 / np.hypot(1.0, t)
    y = y * (gamma.conj() / size)[:, None]  # after this the inner product is real and positive
    stacked[left] = c[:, None] * (x - t[:, None] * y)
    stacked[right] = c[:, None] * (y + t[:, None] * x)
    return float(cosine.max())


def _normalised(columns: Array, lengths: NDArray[np.float64]) -> Array:
    """Columns over their lengths; those of length 0 replaced by completing the basis."""
    unit = columns / np.where(lengths > 0, lengths, 1)
    known = int(np.count_nonzero(lengths))
    if known < unit.shape[1]:  # lengths fall, so the zeros are last
        unit[:, known:] = np.linalg.qr(unit)[0][:, known:]
    return unit
