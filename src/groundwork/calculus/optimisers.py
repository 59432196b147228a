"""Four optimisers on exact derivatives: gradient descent, Newton, damped and saddle-free Newton.

Every function takes points (..., n) and a function f from (..., n) to (...), so that a whole grid
of starting points moves at once. Derivatives come from `minigrad_tensor`, never by hand.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundwork.calculus.minigrad_tensor import jvp
from groundwork.core.arrays import power_of_two, real

Function = Callable[[Any], Any]
Update = Callable[[np.ndarray], np.ndarray]


def gradient(f: Function, x: np.ndarray) -> np.ndarray:
    """∇f at every point, one forward pass for each coordinate.

    Shapes: x (..., n) -> (..., n).
    """
    x = real(x, "x")
    if not x.shape[-1]:
        return np.zeros(x.shape)
    return np.stack([jvp(f, x, direction)[1] for direction in _basis(x)], axis=-1)  # (..., n)


def gradient_and_hessian(f: Function, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """∇f and the Hessian at every point, forward over forward.

    Shapes: x (..., n) -> (..., n), (..., n, n). Takes n(n + 1)/2 passes: meant for small n.
    Checked by: SymPy and torch.func.hessian, tests/calculus/test_optimisers.py.
    """
    x = real(x, "x")
    n = x.shape[-1]
    basis = _basis(x)
    g = np.empty(x.shape)  # (..., n)
    h = np.empty((*x.shape, n))  # (..., n, n)
    for i in range(n):
        for j in range(i + 1):
            g[..., j], h[..., i, j] = jvp(partial(_directional, f, basis[j]), x, basis[i])
            h[..., j, i] = h[..., i, j]  # second derivatives commute
    return g, h


def gradient_step(f: Function, x: np.ndarray, *, rate: float) -> np.ndarray:
    """x − rate·∇f(x)."""
    return x - rate * gradient(f, x)


def newton_step(f: Function, x: np.ndarray, *, damping: float = 1.0) -> np.ndarray:
    """x − damping·H(x)⁻¹∇f(x); NaN where H is exactly singular, since no step is defined there.

    Source: Nocedal and Wright, Numerical Optimization (2006), equation 2.15; the constant damping
    is Euler's method for Newton's flow, and not a line search.
    """
    g, h = gradient_and_hessian(f, x)
    return x - damping * _solve(h, g)


def saddle_free_step(f: Function, x: np.ndarray, *, floor: float, radius: float) -> np.ndarray:
    """x − |H(x)|⁻¹∇f(x), where |H| has the eigenvectors of H and the absolute eigenvalues.

    Absolute eigenvalues below `floor` are raised to it, and a step longer than `radius` is cut to
    that length along its own direction: near a singular Hessian |H|⁻¹ is as large as H⁻¹.

    Source: Dauphin et al., Identifying and attacking the saddle point problem (2014), Algorithm 1.
    Differs: the whole spectrum instead of a Krylov subspace; floor and radius instead of damping.
    """
    g, h = gradient_and_hessian(f, x)
    eigenvalues, vectors = np.linalg.eigh(h)  # (..., n), (..., n, n)
    scale = np.maximum(np.abs(eigenvalues), floor)
    along = np.einsum("...ij,...i->...j", vectors, g) / scale  # in the eigenbasis
    step = np.einsum("...ij,...j->...i", vectors, along)
    unit = power_of_two(step)
    length = np.linalg.norm(step / unit, axis=-1, keepdims=True) * unit  # its square may overflow
    return x - step * (radius / np.maximum(length, radius))


def iterate(update: Update, x: Any, steps: int) -> np.ndarray:
    """The path x, update(x), update(update(x)), …

    Shapes: x (..., n) -> (steps + 1, ..., n).
    """
    path = [real(x, "x")]
    with np.errstate(all="ignore"):  # a path may run off to infinity; it is shown as it is
        for _ in range(steps):
            path.append(update(path[-1]))
    return np.stack(path)


def gradient_descent(f: Function, x: Any, *, steps: int, rate: float) -> np.ndarray:
    """The path of gradient descent at a constant rate.

    Shapes: x (..., n) -> (steps + 1, ..., n).
    """
    return iterate(lambda y: gradient_step(f, y, rate=rate), x, steps)


def newton(f: Function, x: Any, *, steps: int, damping: float = 1.0) -> np.ndarray:
    """The path of Newton's method, damped where `damping` < 1. Shapes: as `gradient_descent`."""
    return iterate(lambda y: newton_step(f, y, damping=damping), x, steps)


def saddle_free_newton(
    f: Function, x: Any, *, steps: int, floor: float = 1e-6, radius: float = np.inf
) -> np.ndarray:
    """The path of saddle-free Newton. Shapes: as `gradient_descent`."""
    if radius == np.inf:
        radius = np.finfo(np.float64).max
    return iterate(lambda y: saddle_free_step(f, y, floor=floor, radius=radius), x, steps)


def _directional(f: Function, v: np.ndarray, x: Any) -> Any:
    return jvp(f, x, v)[1]


def _basis(x: np.ndarray) -> list[np.ndarray]:
    eye = np.eye(x.shape[-1])
    return [np.broadcast_to(row, x.shape) for row in eye]


def _solve(h: np.ndarray, g: np.ndarray) -> np.ndarray:
    """H⁻¹g for a stack of H; NaN for each member that is exactly singular."""
    try:
        return np.linalg.solve(h, g[..., None])[..., 0]
    except np.linalg.LinAlgError:
        singular = np.linalg.det(h) == 0.0
        h = np.where(singular[..., None, None], np.nan, h)
        return np.linalg.solve(h, g[..., None])[..., 0]
