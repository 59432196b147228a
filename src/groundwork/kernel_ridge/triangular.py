"""Cholesky factorisation and triangular solves in blocks, out of NumPy's matrix product.

NumPy factors a matrix (`np.linalg.cholesky`) but does not solve with a triangular one, and its
factorisation copies the matrix twice. Here both work block by block: nearly every operation is a
matrix product, the factor replaces the matrix, and the upper triangle is never read or written
outside the diagonal blocks, so a caller need not fill it.
"""

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import real

Array = NDArray[np.float64]

BLOCK = 192  # columns of a panel: its products run near peak, and 192² doubles fit in the L2 cache
_LEAF = 16  # rows below which a triangle is solved row by row


class NotPositiveDefiniteError(np.linalg.LinAlgError):
    """The matrix is not (numerically) positive definite; `pivot` is the row where it showed."""

    def __init__(self, pivot: int, value: float, order: int) -> None:
        self.pivot, self.value, self.order = pivot, value, order
        super().__init__(
            f"the matrix is not positive definite to working precision: pivot {pivot} of {order} "
            f"(counted from 0) is {value:.3g}"
        )


def cholesky_in_place(a: Array, *, block: int = BLOCK) -> Array:
    """Overwrite the lower triangle of symmetric `a` by L with a = L Lᵀ; return `a`.

    Left-looking: a panel of columns is brought up to date by one product with all columns to its
    left, its diagonal block is factored, and the rows below are solved against that block. Entries
    above the diagonal blocks stay as they were and mean nothing.

    Shapes: (n, n) -> the same array.
    Raises: `NotPositiveDefiniteError` where a pivot falls to n·eps times the largest diagonal
    entry or below, that is, where the digits left in it are noise.
    Source: Golub and Van Loan, Matrix Computations (4th ed.), section 4.2, block gaxpy form.
    Differs: `np.linalg.cholesky` copies its argument twice and lets a pivot of 1e-17 pass.
    Checked by: tests/kernel_ridge/test_triangular.py, against LAPACK and the residual a − L Lᵀ.
    """
    if a.dtype != np.float64 or a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise TypeError(
            f"a is overwritten, so it is a square float64 array, not {a.dtype} {a.shape}"
        )
    n = len(a)
    floor = n * np.finfo(np.float64).eps * float(np.max(np.diagonal(a), initial=0.0))
    for start in range(0, n, block):
        stop = min(start + block, n)
        panel = a[start:, start:stop]  # (n - start, b), a view
        if start:
            panel -= a[start:, :start] @ a[start:stop, :start].T
        size = stop - start
        corner = _factor_block(panel[:size], floor, start, n)
        panel[:size] = corner
        below = panel[size:].T.copy()  # (b, n - stop): X cornerᵀ = panel is corner Xᵀ = panelᵀ
        _forward(corner, below)
        panel[size:] = below.T
    return a


def solve_lower(factor: Array, b: Array) -> Array:
    """Solve L z = b by forward substitution.

    Shapes: (n, n), (n,) or (n, m) -> that of b. Checked by: tests/kernel_ridge/test_triangular.py.
    """
    z = _right_side(factor, b)
    _forward(factor, z)
    return z


def _right_side(factor: Array, b: Array) -> Array:
    """A copy of `b` to overwrite; raises `ValueError` where its length is not the factor's."""
    side = real(b, "b").copy()
    if real(factor, "factor").shape != (len(side), len(side)):
        raise ValueError(f"a factor of shape {factor.shape} does not fit b of shape {side.shape}")
    return side


def solve_upper(factor: Array, b: Array) -> Array:
    """Solve Lᵀ x = b by back substitution, reading L and not a transposed copy of it.

    Shapes: (n, n), (n,) or (n, m) -> that of b. Checked by: tests/kernel_ridge/test_triangular.py.
    """
    x = _right_side(factor, b)
    _backward(factor, x)
    return x


def solve_factored(factor: Array, b: Array) -> Array:
    """Solve L Lᵀ x = b. Shapes: (n, n), (n,) or (n, m) -> that of b."""
    return solve_upper(factor, solve_lower(factor, b))


def inverse_diagonal(factor: Array, *, block: int = BLOCK) -> Array:
    """The diagonal of (L Lᵀ)⁻¹: the squared column norms of L⁻¹, a panel of columns at a time.

    n³/3 multiplications and n × `block` numbers of memory; the inverse is never held.

    Shapes: (n, n) -> (n,). Checked by: tests/kernel_ridge/test_triangular.py.
    """
    n = len(factor)
    diagonal = np.empty(n)
    for start in range(0, n, block):
        width = min(block, n - start)
        unit = np.zeros((n - start, width))
        unit[:width] = np.eye(width)  # columns of L⁻¹ vanish above their diagonal entry
        columns = solve_lower(factor[start:, start:], unit)
        diagonal[start : start + width] = np.einsum("ij,ij->j", columns, columns)
    return diagonal


def _factor_block(a: Array, floor: float, start: int, order: int) -> Array:
    """L of one small block; a failing block is gone through again to name its first bad pivot."""
    try:
        corner = np.linalg.cholesky(a)
        if np.min(np.diagonal(corner)) ** 2 > floor:
            return np.asarray(corner)
    except np.linalg.LinAlgError:
        pass  # the loop below finds the pivot, or the block was not finite
    work = np.array(a)
    for j in range(len(work)):
        pivot = float(work[j, j])
        if not pivot > floor:  # also true of NaN
            raise NotPositiveDefiniteError(start + j, pivot, order)
        work[j + 1 :, j + 1 :] -= np.outer(work[j + 1 :, j], work[j + 1 :, j]) / pivot
    raise NotPositiveDefiniteError(start + len(work) - 1, float(work[-1, -1]), order)


def _forward(lower: Array, b: Array) -> None:
    """Overwrite b by L⁻¹b, by halves: [[A, 0], [C, B]] z = b needs A, then C once, then B.

    Substitution, not multiplication by inverted blocks: where the leading block is ill-conditioned
    (a smooth kernel's always is) the inverse costs five digits of the factor.
    """
    n = len(b)
    if n <= _LEAF:
        for i in range(n):
            b[i] = (b[i] - lower[i, :i] @ b[:i]) / lower[i, i]
        return
    half = n // 2
    _forward(lower[:half, :half], b[:half])
    b[half:] -= lower[half:, :half] @ b[:half]
    _forward(lower[half:, half:], b[half:])


def _backward(lower: Array, b: Array) -> None:
    """Overwrite b by L⁻ᵀb, by halves, the last rows first."""
    n = len(b)
    if n <= _LEAF:
        for i in reversed(range(n)):
            b[i] = (b[i] - lower[i + 1 :, i] @ b[i + 1 :]) / lower[i, i]
        return
    half = n // 2
    _backward(lower[half:, half:], b[half:])
    b[:half] -= lower[half:, :half].T @ b[half:]
    _backward(lower[:half, :half], b[:half])
