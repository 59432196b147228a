"""Singular value decomposition from the spectral theorem, and what is read off it.

The default method is the curriculum's: `np.linalg.eig` of A*A is the primitive, and U, Σ, V are
assembled here. `eig` knows nothing of symmetry, so three things it may do are undone: complex
eigenvalues of a real symmetric matrix, eigenvectors of one eigenspace that are far from
orthogonal, eigenvalues slightly below zero. The accurate method is in `jacobi`.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.core.arrays import power_of_two
from groundwork.operators.jacobi import jacobi_svd

Array = NDArray[Any]  # real or complex

PASSES = 8  # of eig; one is the rule, two or three where an eigenspace came out degenerate


class SVD(NamedTuple):
    """A = u · diag(s) · vt, thin: k = min(m, n) columns, values in falling order."""

    u: Array
    s: NDArray[np.float64]
    vt: Array


def svd(
    a: ArrayLike, *, method: Literal["eig", "jacobi"] = "eig", rtol: float | None = None
) -> SVD:
    """The thin singular value decomposition of a real or complex matrix.

    Singular values at or below `rtol`·σ₁ are returned as exact zeros, with singular vectors that
    complete the orthonormal bases. The default is max(m, n)·2⁻⁵² for `eig` and 0 for `jacobi`,
    whose small values are accurate. Each pair of vectors is turned so that the largest component
    of its left vector is real and positive; within a repeated value the basis is still arbitrary,
    so compare subspaces, not vectors.

    `eig` forms A*A, and squaring costs half the digits: values below about 5e-9·σ₁ are rounding.
    `jacobi` gives every value of A = B·D, D diagonal, to a relative error near κ(B)·2⁻⁵².

    Shapes: a (m, n) → u (m, k), s (k,), vt (k, n), k = min(m, n).
    Raises: ValueError for anything but a finite matrix, for a value beyond 1.8e308, or an unknown
    method; TypeError for other than numbers.
    Source: Axler, Linear Algebra Done Right (4th ed.), 7.70; problem set, Theorem thm-svd.
    Checked by: tests/operators/test_svd.py, against LAPACK and 50-digit arithmetic.
    """
    matrix = _checked(a)
    m, n = matrix.shape
    if method not in ("eig", "jacobi"):
        raise ValueError(f"method is 'eig' or 'jacobi', not {method!r}")
    if min(m, n) == 0:
        return SVD(np.zeros((m, 0), matrix.dtype), np.zeros(0), np.zeros((0, n), matrix.dtype))
    if m < n:  # the Gram matrix of the shorter side: A* = V Σ U*
        u, s, vt = svd(matrix.conj().T, method=method, rtol=rtol)
        return _signed(vt.conj().T, s, u.conj().T)
    scale = power_of_two(matrix)
    u, s, v = (_eig_svd if method == "eig" else jacobi_svd)(_divided(matrix, scale))
    if rtol is None:
        rtol = max(m, n) * float(np.finfo(float).eps) if method == "eig" else 0.0
    s = np.where(s <= rtol * s[0], 0.0, s)
    with np.errstate(over="ignore"):
        values = s * scale
    if not np.isfinite(values[0]):
        raise ValueError("the largest singular value exceeds 1.8e308: scale the matrix down")
    return _signed(u, values, v.conj().T)


def low_rank(a: ArrayLike, rank: int, *, method: Literal["eig", "jacobi"] = "eig") -> Array:
    """The matrix of rank at most `rank` nearest to `a` in the Frobenius norm: truncated SVD.

    Where σ_rank = σ_(rank+1) there are other nearest matrices; this is one of them.

    Shapes: a (m, n) → (m, n).
    Raises: ValueError for a negative rank.
    Source: Eckart and Young 1936; problem set, Theorem thm-eckart-young.
    Checked by: tests/operators/test_eckart_young.py.
    """
    if rank < 0:
        raise ValueError(f"a rank is not negative: {rank}")
    u, s, vt = svd(a, method=method)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


def gram_eigenvectors(gram: Array) -> Array:
    """Orthonormal eigenvectors (columns) of a Hermitian matrix by `np.linalg.eig`, λ falling.

    `eig` may return a basis of an eigenspace that is far from orthogonal, or even nearly
    dependent; orthonormalising then brings in a stray direction. So each pass is verified: in the
    new basis the matrix has to be diagonal up to rounding, else the pass is repeated there.

    Shapes: gram (n, n) → (n, n).
    Raises: LinAlgError when `PASSES` passes do not diagonalise.
    Differs: `np.linalg.eigh` would do this in one call; the curriculum asks for `eig`.
    Checked by: tests/operators/test_svd.py::test_gram_eigenvectors_of_degenerate_matrices.
    """
    n = len(gram)
    basis, rotated = np.eye(n, dtype=gram.dtype), gram
    tolerance = 8 * n * np.finfo(float).eps * np.linalg.norm(gram)
    for _ in range(PASSES):
        values, vectors = np.linalg.eig(rotated)
        if not np.iscomplexobj(gram):
            vectors = _real_basis(values, vectors)
        order = np.argsort(-values.real, kind="stable")
        basis = basis @ np.linalg.qr(vectors[:, order])[0]
        basis = np.linalg.qr(basis)[0]  # products of orthogonal matrices drift
        rotated = basis.conj().T @ gram @ basis
        rotated = (rotated + rotated.conj().T) / 2
        if np.linalg.norm(rotated - np.diag(np.diag(rotated))) <= tolerance:
            return basis
    raise np.linalg.LinAlgError(f"eig did not diagonalise a Hermitian matrix in {PASSES} passes")


def _real_basis(values: Array, vectors: Array) -> NDArray[np.float64]:
    """Real vectors that span what `eig` of a real matrix returned.

    Rounding can turn a repeated eigenvalue into a conjugate pair, whose vectors come as x ± iy:
    taking real parts alone would give x twice. The pair is replaced by x and y.
    """
    if not np.iscomplexobj(vectors):
        return vectors
    real = vectors.real.copy()
    second = np.flatnonzero(values.imag < 0)  # LAPACK puts the conjugate right behind its partner
    real[:, second] = vectors[:, second].imag
    length = np.linalg.norm(real, axis=0)
    return real / np.where(length > 0, length, 1)


def _eig_svd(a: Array) -> tuple[Array, NDArray[np.float64], Array]:
    """(u, s, v) of a tall matrix through eigenvectors of A*A.

    σᵢ is taken as |A vᵢ| rather than √λᵢ: the same number in exact arithmetic, never the root of
    a negative one, and more accurate where λᵢ is mostly rounding. QR of A·V = U·R returns
    orthonormal left vectors even where σ is zero, by completing the basis.
    """
    v = gram_eigenvectors(a.conj().T @ a)
    v = v[:, np.argsort(-np.linalg.norm(a @ v, axis=0), kind="stable")]
    u, r = np.linalg.qr(a @ v)
    diagonal = np.diag(r)
    s = np.abs(diagonal)
    phase = np.where(s > 0, diagonal / np.where(s > 0, s, 1), 1)
    order = np.argsort(-s, kind="stable")
    return (u * phase)[:, order], s[order], v[:, order]


def _divided(matrix: Array, scale: float) -> Array:
    """Complex numbers part by part: NumPy's division by a subnormal number is not finite."""
    if np.iscomplexobj(matrix):
        return np.asarray(matrix.real / scale + 1j * (matrix.imag / scale))
    return matrix / scale


def _signed(u: Array, s: NDArray[np.float64], vt: Array) -> SVD:
    peak = u[np.abs(u).argmax(axis=0), np.arange(u.shape[1])]
    turn = peak / np.abs(peak)
    return SVD(u / turn, s, vt * turn[:, None])


def _checked(a: ArrayLike) -> Array:
    matrix = np.asarray(a)
    if matrix.ndim != 2:
        raise ValueError(f"a matrix has two axes; this has shape {matrix.shape}")
    if matrix.dtype.kind not in "fiubc":
        raise TypeError(f"a matrix holds numbers, not {matrix.dtype}")
    matrix = matrix.astype(complex if np.iscomplexobj(matrix) else float)
    if not np.isfinite(matrix).all():
        raise ValueError("a matrix must be finite; this one holds NaN or infinity")
    return matrix
