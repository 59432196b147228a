"""Searches for counterexamples: one function for each numbered statement of the problem set.

Each draws random cases, compares the two sides of its statement, and returns the number of cases
and the worst one. For an identity `worst` is the largest error; for an inequality it is the
largest ratio of the left side to the right, so a value above 1 refutes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundwork.calculus.minigrad_tensor import hessian, jacobian, jvp, sin, softmax
from groundwork.calculus.optimisers import gradient_and_hessian

Rng = np.random.Generator
Jacobian = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Check:
    """The number of cases tried and the worst of them."""

    cases: int
    worst: float


def formed_jacobian(x: np.ndarray) -> np.ndarray:
    """diag(s) − s sᵀ, written out. Shapes: x (n,) -> (n, n). Checked by: `softmax_jacobian`."""
    s = softmax(x)
    return np.diag(s) - np.outer(s, s)


def central_differences(f: Callable[[Any], Any], x: np.ndarray, step: float = 6e-6) -> np.ndarray:
    """The Jacobian by (f(x + h e_i) − f(x − h e_i)) / 2h in float64; error O(h²).

    `step` is near the cube root of the machine epsilon, which balances rounding and truncation.
    Shapes: x (n,), f(x) (*m) -> (*m, n).
    """
    if not len(x):
        return np.zeros((*np.shape(f(x)), 0))
    columns = [(f(x + step * e) - f(x - step * e)) / (2.0 * step) for e in np.eye(len(x))]
    return np.stack(columns, axis=-1)


def softmax_jacobian(rng: Rng, cases: int, candidate: Jacobian = formed_jacobian) -> Check:
    """thm-softmax: the candidate matrix against central differences."""
    worst = 0.0
    for _ in range(cases):
        x = _logits(rng)
        worst = max(worst, _gap(candidate(x), central_differences(softmax, x)))
    return Check(cases, worst)


def forward_mode(rng: Rng, cases: int) -> Check:
    """thm-softmax: the Jacobian that `jacobian` pushes forward against diag(s) − s sᵀ."""
    worst = 0.0
    for _ in range(cases):
        x = _logits(rng)
        worst = max(worst, _gap(jacobian(softmax, x), formed_jacobian(x)))
    return Check(cases, worst)


def log_sum_exp_hessian(rng: Rng, cases: int) -> Check:
    """prp-symmetric: J is symmetric because it is the Hessian of log Σ exp."""
    worst = 0.0
    for _ in range(cases):
        x = _logits(rng)
        second = hessian(lambda y: y.exp().sum().log(), x)
        j = jacobian(softmax, x)
        worst = max(worst, _gap(second, j), _gap(j, j.T))
    return Check(cases, worst)


def null_vector(rng: Rng, cases: int, candidate: Jacobian = formed_jacobian) -> Check:
    """thm-psd: J 1 = 0 and 1ᵀ J = 0; the largest entry of either."""
    worst = 0.0
    for _ in range(cases):
        j = candidate(_logits(rng))
        worst = max(worst, np.abs(j.sum(axis=0)).max(), np.abs(j.sum(axis=1)).max())
    return Check(cases, float(worst))


def variance(rng: Rng, cases: int, candidate: Jacobian = formed_jacobian) -> Check:
    """thm-psd: vᵀ J v is the variance of v under s (so never negative); the largest error."""
    worst = 0.0
    for _ in range(cases):
        x = _logits(rng)
        s, v = softmax(x), rng.standard_normal(len(x))
        spread = float(s @ (v - s @ v) ** 2)
        worst = max(worst, abs(float(v @ candidate(x) @ v) - spread))
    return Check(cases, worst)


def rank(rng: Rng, cases: int, candidate: Jacobian = formed_jacobian) -> Check:
    """thm-psd: rank n − 1; the number of cases whose numerical rank is another.

    An eigenvalue counts as 0 up to 4n rounding errors of the entries of s, which are of size 1
    even where J itself is small (a saturated softmax).
    """
    wrong = 0
    for _ in range(cases):
        x = _logits(rng)
        zero = 4 * len(x) * np.finfo(np.float64).eps
        wrong += int(np.linalg.matrix_rank(candidate(x), tol=zero, hermitian=True) != len(x) - 1)
    return Check(cases, float(wrong))


def half(rng: Rng, cases: int) -> Check:
    """prp-half: the largest eigenvalue of J over its bound 1/2."""
    worst = 0.0
    for case in range(cases):
        x = _logits(rng)
        if case % 2:  # draw near the extremal case: two equal logits far above the others
            x[:2] = x.max() + rng.exponential(10.0)
        worst = max(worst, float(np.linalg.eigvalsh(formed_jacobian(x))[-1]) / 0.5)
    return Check(cases, worst)


@dataclass(frozen=True)
class Critical:
    """A function with a critical point at 0 and a known Hessian there.

    f(x) = ½ xᵀ H x + Σ_k w_k (sin(a_k·x) − a_k·x), whose Hessian is Lipschitz with `lipschitz`
    = Σ_k |w_k| |a_k|³. Eigenvalues and eigenvectors (columns) of H are kept.
    """

    eigenvalues: np.ndarray
    vectors: np.ndarray
    waves: np.ndarray
    weights: np.ndarray

    @property
    def hessian(self) -> np.ndarray:
        return (self.vectors * self.eigenvalues) @ self.vectors.T

    @property
    def lipschitz(self) -> float:
        return float(np.abs(self.weights) @ np.linalg.norm(self.waves, axis=1) ** 3)

    def __call__(self, x: Any) -> Any:
        phase = x @ self.waves.T  # (..., k)
        ripple = ((sin(phase) - phase) * self.weights).sum(axis=-1)
        return ((x @ self.hessian) * x).sum(axis=-1) * 0.5 + ripple


def random_critical(rng: Rng, *, zero: bool = False) -> Critical:
    """A random `Critical` in 2 to 5 dimensions, both signs present; with a zero if `zero`."""
    n = int(rng.integers(3 if zero else 2, 6))
    eigenvalues = rng.uniform(0.3, 3.0, n) * rng.choice([-1.0, 1.0], n)
    eigenvalues[0], eigenvalues[-1] = -abs(eigenvalues[0]), abs(eigenvalues[-1])
    if zero:
        eigenvalues[1] = 0.0
    vectors = np.linalg.qr(rng.standard_normal((n, n)))[0]
    return Critical(eigenvalues, vectors, rng.standard_normal((4, n)), rng.standard_normal(4))


def taylor(rng: Rng, cases: int) -> Check:
    """thm-taylor: |remainder| over its bound L|h|³/6, around points that are not critical."""
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        n = len(f.eigenvalues)
        a, h = rng.standard_normal(n), rng.standard_normal(n) * 10.0 ** rng.uniform(-1.5, 0.5)
        g, second = gradient_and_hessian(f, a)
        remainder = f(a + h) - f(a) - g @ h - 0.5 * h @ second @ h
        bound = f.lipschitz * float(np.linalg.norm(h)) ** 3 / 6.0
        worst = max(worst, abs(float(remainder)) / bound)
    return Check(cases, worst)


def along_a_line(rng: Rng, cases: int) -> Check:
    """lem-line: g″(t) of g(t) = f(a + th) against hᵀ H(a + th) h."""
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        a, h = rng.standard_normal((2, len(f.eigenvalues)))
        t = rng.uniform()

        def line(r: Any, f: Critical = f, a: np.ndarray = a, h: np.ndarray = h) -> Any:
            return f(a + r * h)

        def slope(r: Any, line: Callable = line) -> Any:
            return jvp(line, r, 1.0)[1]

        nested = jvp(slope, t, 1.0)[1]
        worst = max(worst, abs(float(nested - h @ gradient_and_hessian(f, a + t * h)[1] @ h)))
    return Check(cases, worst)


def schwarz(rng: Rng, cases: int) -> Check:
    """lem-schwarz: ∂i∂j f against ∂j∂i f, each pushed forward on its own."""
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        second = hessian(f, rng.standard_normal(len(f.eigenvalues)))
        worst = max(worst, _gap(second, second.T))
    return Check(cases, worst)


def saddle(rng: Rng, cases: int) -> Check:
    """thm-saddle: steps t < 3|λ|/L along an eigenvector on which f has not the sign of λ.

    Every other case has a zero eigenvalue as well. `worst` counts the counterexamples.
    """
    wrong = 0
    for case in range(cases):
        f = random_critical(rng, zero=bool(case % 2))
        for index in (0, -1):  # one negative and one positive eigenvalue
            value = f.eigenvalues[index]
            t = rng.uniform(0.01, 1.0) * 3.0 * abs(value) / f.lipschitz * rng.choice([-1.0, 1.0])
            wrong += int(np.sign(f(t * f.vectors[:, index])) != np.sign(value))
    return Check(cases, float(wrong))


def _logits(rng: Rng) -> np.ndarray:
    return rng.standard_normal(int(rng.integers(2, 13))) * rng.uniform(0.1, 3.0)


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(a - b)))
