"""Random products of every shape, stride and scaling, and how far an answer is from float64's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.matmul.door import matmul

SIZES = (0, 1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 97, 129)
Array = NDArray[Any]


@dataclass(frozen=True)
class Case:
    """One product: operands (often views), alpha, beta, the C it adds to, threads."""

    a: Array
    b: Array
    c: Array
    alpha: float
    beta: float
    threads: int

    def run(self, variant: str) -> Array:
        """The product by `variant`, in a copy of `c`."""
        out = self.c.copy()
        options: dict[str, Any] = {"alpha": self.alpha, "beta": self.beta, "out": out}
        return matmul(self.a, self.b, variant, self.threads, **options)


def random_case(random: np.random.Generator, largest: int = 129) -> Case:
    """A random product with sizes up to `largest`: sizes at every edge of the code, any strides."""
    dtype = (np.float32, np.float32, np.float64)[random.integers(3)]
    sizes = [size for size in SIZES if size <= largest]
    m, k, n = (int(random.choice(sizes)) for _ in range(3))
    return Case(
        a=_view(random, m, k, dtype),
        b=_view(random, k, n, dtype),
        c=random.standard_normal((m, n)).astype(dtype),
        alpha=float(random.choice([1.0, 1.0, -0.5])),
        beta=float(random.choice([0.0, 0.0, 1.0, 2.0])),
        threads=int(random.choice([1, 1, 2])),
    )


def _view(random: np.random.Generator, rows: int, columns: int, dtype: Any) -> Array:
    """A (rows, columns) matrix: contiguous, transposed, strided, reversed, or one row repeated."""
    kind = random.integers(6)
    if kind == 0:
        return random.standard_normal((columns, rows)).astype(dtype).T
    if kind == 1:
        return random.standard_normal((2 * rows, 3 * columns)).astype(dtype)[::2, ::3]
    if kind == 2:
        return random.standard_normal((rows, columns + 5)).astype(dtype)[::-1, 3 : columns + 3]
    if kind == 3:
        row = random.standard_normal((1, columns)).astype(dtype)
        return np.broadcast_to(row, (rows, columns))
    return random.standard_normal((rows, columns)).astype(dtype)


def excess(case: Case, answer: Array) -> float:
    """Largest error of `answer` divided by its bound, (K + 3) · ε · (|α| |A| |B| + |β| |C|).

    The bound holds for every order of summation, so at most 1 is right; ε is the dtype's spacing
    at 1, twice the rounding error. 0 for an empty result.

    Source: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), equation (3.13).
    """
    wide: Any = np.longdouble if answer.dtype == np.float64 else np.float64
    a, b, c = (np.asarray(x, dtype=wide) for x in (case.a, case.b, case.c))
    exact = case.alpha * (a @ b) + (case.beta * c if case.beta else 0)
    bulk = abs(case.alpha) * (abs(a) @ abs(b)) + (abs(case.beta * c) if case.beta else 0)
    bound = (a.shape[1] + 3) * np.finfo(answer.dtype).eps * bulk
    if not answer.size:
        return 0.0
    tiny = np.finfo(np.float64).tiny
    return float((abs(answer.astype(wide) - exact) / np.maximum(bound, tiny)).max())
