"""Gradients checked against central differences: the oracle that needs no other library."""

from collections.abc import Callable

import numpy as np

from groundwork.autograd.graph import no_grad
from groundwork.autograd.tensor import Tensor, as_tensor


class GradientError(AssertionError):
    """A gradient differs from central differences by more than the tolerance."""


def grad_check(
    function: Callable[..., Tensor],
    *inputs: Tensor | np.ndarray,
    eps: float = 1e-6,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> float:
    """The largest error of `function`'s gradients against central differences.

    The output is reduced to a number by a random weighting w (a sum alone would miss errors that
    cancel); entry i of an input is moved by ±eps, and
    (⟨w, f(x + eps·eᵢ)⟩ − ⟨w, f(x − eps·eᵢ)⟩)/(2 eps) is compared with the gradient, relative to
    max(1, |gradient|). Truncation costs about eps²,
    rounding 1e-16/eps: near 1e-9 at best, in float64, in which everything is computed.

    Raises `GradientError`, which names the input, the entry and both values, past `tolerance`.
    """
    leaves = [Tensor(np.asarray(x), requires_grad=True, dtype=np.float64) for x in inputs]
    output = function(*leaves)
    weights = np.random.default_rng(seed).normal(size=output.shape)
    output.backward(weights)
    worst = 0.0
    for position, leaf in enumerate(leaves):
        exact = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.data
        for index in np.ndindex(leaf.shape):
            slope = _slope(function, leaves, position, index, weights, eps)
            error = abs(float(exact[index]) - slope) / max(1.0, abs(float(exact[index])))
            if not error <= tolerance:
                raise GradientError(
                    f"input {position}, entry {index}: backward() gives "
                    f"{float(exact[index]):.12g}, central differences {slope:.12g} "
                    f"(error {error:.2e}, allowed {tolerance:.0e})"
                )
            worst = max(worst, error)
    return worst


@no_grad()
def _slope(
    function: Callable[..., Tensor],
    leaves: list[Tensor],
    position: int,
    index: tuple[int, ...],
    weights: np.ndarray,
    eps: float,
) -> float:
    values = []
    for shift in (eps, -eps):
        moved = leaves[position].data.copy()
        moved[index] += shift
        arguments = [as_tensor(moved) if i == position else leaf for i, leaf in enumerate(leaves)]
        values.append(float((function(*arguments).data * weights).sum()))
    return (values[0] - values[1]) / (2 * eps)
