"""Reverse mode against the forward mode of assignment 1.2: ⟨w, Df(x)v⟩ = ⟨Df(x)*w, v⟩."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from groundwork.autograd import Tensor, gradients
from groundwork.calculus.minigrad_tensor import hessian, jvp

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp and product": lambda x: (x * x).exp() * x,
    "tanh of a product": lambda x: (x @ x.T).tanh(),
    "logarithm": lambda x: (x * x + 1.0).log() / (x**2 + 2.0),
    "relu and slices": lambda x: (x[:2] * 3.0 - 0.1).relu() - x[1:] * x[:2],
    "repeated index": lambda x: x[np.array([0, 0, 2])] * x,
    "reduction": lambda x: x - (x * x).sum(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_reverse_agrees_with_forward(name: str) -> None:
    """A random direction pushed forward, a random gradient pulled back: one number, twice."""
    function = FUNCTIONS[name]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, direction = rng.normal(size=(2, 3, 3))
        value, pushed = jvp(function, x, direction)
        leaf = Tensor(x, requires_grad=True)
        out = function(leaf)
        np.testing.assert_allclose(out.data, value, rtol=1e-12, atol=1e-12)
        weights = rng.normal(size=out.shape)
        out.backward(weights)
        assert leaf.grad is not None
        left, right = (pushed * weights).sum(), (leaf.grad.data * direction).sum()
        assert abs(left - right) <= 1e-9 * max(1.0, abs(left))


def test_hessians_agree() -> None:
    """Forward over forward against reverse over reverse, entry by entry."""

    def function(x: Any) -> Any:
        return ((x * x).exp() * x.tanh()).sum() + (x[0] * x[1]) ** 3

    point = np.array([0.3, -0.7, 0.5])
    leaf = Tensor(point, requires_grad=True)
    (first,) = gradients(function(leaf), [leaf], create_graph=True)
    rows = [gradients(first[i], [leaf], create_graph=True)[0].data for i in range(3)]
    np.testing.assert_allclose(np.stack(rows), hessian(function, point), atol=1e-9)
