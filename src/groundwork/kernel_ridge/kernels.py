"""Kernels, and the explicit feature maps whose inner products they are.

Axis letters: n points of the first set, m of the second, d features.
"""

from itertools import combinations_with_replacement
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import points, power_of_two

Array = NDArray[np.float64]

# Of the largest squared norm; the product's error is some eps of that, so what is not retaken
# keeps about eps^(2/3), ten digits.
CLOSE = float(np.finfo(np.float64).eps ** (1 / 3))
_PAIRS = 2**16  # close pairs taken again at a time


def squared_distances(a: Array, b: Array) -> Array:
    """Squared Euclidean distance of every row of `a` to every row of `b`, never negative.

    One matrix product by |x − y|² = |x|² + |y|² − 2x·y. That identity cancels where two points are
    close to each other and far from the origin. So both sets are first moved by the mean of `b`,
    which leaves every distance as it was, and the few distances that still cancel are taken again
    from the differences themselves: each is right to about ten digits, and 0 for equal rows. All is
    done at a scale of 1, so that a distance is infinite or 0 only where its square is.

    Shapes: (n, d), (m, d) -> (n, m).
    Raises: `TypeError` for other than real numbers, `ValueError` for unequal numbers of features.
    Differs: the usual implementation does neither, and a Gaussian kernel with a short length scale
    then sees rounding errors as distances.
    Checked by: tests/kernel_ridge/test_kernels.py, against differences taken one pair at a time.
    """
    distances, scale = _scaled_distances(a, b)
    with np.errstate(over="ignore"):
        distances *= scale
        distances *= scale
    return distances


def _scaled_distances(a: Array, b: Array) -> tuple[Array, float]:
    """Squared distances in units of scale², and that scale, a power of two."""
    a, b = _pair(a, b)
    scale = power_of_two(a, b)
    a, b = a / scale, b / scale
    centre = b.mean(axis=0) if len(b) else 0.0
    u, v = a - centre, b - centre
    left = np.concatenate([-2.0 * u, np.ones((len(u), 1)), _norms(u)], axis=1)  # (n, d + 2)
    right = np.concatenate([v, _norms(v), np.ones((len(v), 1))], axis=1)  # (m, d + 2)
    distances = left @ right.T  # (n, m)
    radius_squared = max(np.max(left[:, -1], initial=0.0), np.max(right[:, -2], initial=0.0))
    _retake_close(distances, a, b, CLOSE * radius_squared)
    return distances, scale


def _pair(a: Array, b: Array) -> tuple[Array, Array]:
    a = points(a, "a")
    return a, points(b, "b", features=a.shape[1])


def _retake_close(distances: Array, a: Array, b: Array, limit: float) -> None:
    """Overwrite entries up to `limit` by sums of squared differences, in bounded memory."""
    close = np.flatnonzero(distances <= limit)
    for start in range(0, len(close), _PAIRS):
        flat = close[start : start + _PAIRS]
        i, j = np.divmod(flat, len(b))
        differences = a[i] - b[j]  # (pairs, d)
        distances.reshape(-1)[flat] = np.einsum("pd,pd->p", differences, differences)


def rbf_kernel(a: Array, b: Array, length_scale: float = 1.0) -> Array:
    """The Gaussian kernel exp(−|x − y|²/(2σ²)), with σ = `length_scale` in the units of the data.

    Shapes: (n, d), (m, d) -> (n, m).
    Source: Bishop, Pattern Recognition and Machine Learning, eq. 6.23.
    Differs: scikit-learn's `gamma` is 1/(2σ²).
    Checked by: tests/kernel_ridge/test_kernels.py, against scikit-learn and against the truncated
    inner product of `rbf_features`.
    """
    if not (np.isfinite(length_scale) and length_scale > 0):
        raise ValueError(f"length_scale must be positive and finite, not {length_scale}")
    kernel, scale = _scaled_distances(a, b)
    # Points and σ in the same units, and dividing twice: neither a distance nor σ is ever squared.
    with np.errstate(over="ignore"):  # a distance beyond all scales is −inf here, and 0 after exp
        sigma = max(length_scale / scale, np.finfo(np.float64).tiny)
        kernel /= -2.0 * sigma
        kernel /= sigma
    return np.exp(kernel, out=kernel)


def rbf_features(x: Array, length_scale: float, degree: int) -> Array:
    """The first coordinates, up to total degree `degree`, of the Gaussian kernel's feature map.

    φ_j(x) = exp(−|x|²/(2σ²)) ∏ᵢ (xᵢ/σ)^jᵢ / √(jᵢ!), one coordinate for each multi-index j; the
    kernel is the inner product over *all* of them.

    Shapes: (n, d) -> (n, C(d + degree, degree)).
    Source: restated and derived in the problem set (Taylor series of exp(x·y/σ²)).
    Checked by: tests/kernel_ridge/test_kernels.py, within the tail bound of the series.
    """
    if not (np.isfinite(length_scale) and length_scale > 0):
        raise ValueError(f"length_scale must be positive and finite, not {length_scale}")
    x = points(x)
    with np.errstate(over="ignore"):
        scaled = x / length_scale
        damping = np.exp(-0.5 * _norms(scaled))  # (n, 1)
    scaled = np.where(damping > 0, scaled, 0.0)  # 0 times a power that overflows would be NaN
    columns = []
    for powers in _multi_indices(x.shape[1], degree):
        weight = np.sqrt(float(np.prod([factorial(p) for p in powers])))
        columns.append(np.prod(scaled**powers, axis=1) / weight)
    return damping * np.stack(columns, axis=1)


def linear_kernel(a: Array, b: Array) -> Array:
    """The inner product x·y: kernel ridge with it is ridge regression without an intercept."""
    a, b = _pair(a, b)
    return a @ b.T


def polynomial_kernel(a: Array, b: Array, degree: int = 3, offset: float = 1.0) -> Array:
    """The polynomial kernel (x·y + c)^p, with p = `degree` and c = `offset` ≥ 0.

    Shapes: (n, d), (m, d) -> (n, m). Source: Bishop, eq. 6.12 and the text after it.
    Checked by: tests/kernel_ridge/test_kernels.py, against `polynomial_features`.
    """
    return np.asarray((linear_kernel(a, b) + offset) ** degree)


def polynomial_features(x: Array, degree: int = 3, offset: float = 1.0) -> Array:
    """The explicit finite feature map of `polynomial_kernel`.

    By the multinomial theorem (x·y + c)^p is a sum over multi-indices j with |j| ≤ p of
    p!/(j!(p − |j|)!) c^(p − |j|) xʲ yʲ, so each monomial carries the square root of that factor.

    Shapes: (n, d) -> (n, C(d + degree, degree)).
    """
    x = points(x)
    columns = []
    for powers in _multi_indices(x.shape[1], degree):
        total = int(powers.sum())
        ways = comb(degree, total) * factorial(total)
        factor = ways / np.prod([factorial(p) for p in powers]) * offset ** (degree - total)
        columns.append(np.sqrt(factor) * np.prod(x**powers, axis=1))
    return np.stack(columns, axis=1)


def _multi_indices(dim: int, degree: int) -> list[NDArray[np.int64]]:
    """All exponent vectors of length `dim` whose sum is at most `degree`, by rising sum."""
    indices = []
    for total in range(degree + 1):
        for chosen in combinations_with_replacement(range(dim), total):
            indices.append(np.bincount(np.array(chosen, dtype=np.int64), minlength=dim))
    return indices


def _norms(x: Array) -> Array:
    return np.einsum("nd,nd->n", x, x)[:, None]
