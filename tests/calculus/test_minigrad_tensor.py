"""`minigrad_tensor` against three oracles: central differences, torch.func and SymPy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.calculus import minigrad_tensor as mg
from groundwork.calculus.checks import central_differences
from groundwork.calculus.minigrad_tensor import Tensor, hessian, jacobian, jvp, softmax

A = np.random.default_rng(1).standard_normal((4, 3))
B = np.random.default_rng(2).standard_normal(4)

# One line per primitive: name, ours, torch's, whether the input must be positive.
PRIMITIVES = [
    ("add", lambda x: x + 2.0 + x, lambda x: x + 2.0 + x, False),
    ("radd", lambda x: A[:, 0] + x, lambda x: torch.tensor(A[:, 0]) + x, False),
    ("subtract", lambda x: 1.0 - x * x - x, lambda x: 1.0 - x * x - x, False),
    ("multiply", lambda x: x * x * 3.0, lambda x: x * x * 3.0, False),
    ("divide", lambda x: x / (x * x + 1.0), lambda x: x / (x * x + 1.0), False),
    ("rdivide", lambda x: 2.0 / x, lambda x: 2.0 / x, True),
    ("negate", lambda x: -x, lambda x: -x, False),
    ("cube", lambda x: x**3, lambda x: x**3, False),
    ("root", lambda x: x**0.5, lambda x: x**0.5, True),
    ("power zero", lambda x: x**0 + x, lambda x: x**0 + x, False),
    ("exp", lambda x: x.exp(), lambda x: x.exp(), False),
    ("log", lambda x: x.log(), lambda x: x.log(), True),
    ("sin", mg.sin, torch.sin, False),
    ("cos", mg.cos, torch.cos, False),
    ("tanh", lambda x: x.tanh(), lambda x: x.tanh(), False),
    ("relu", lambda x: x.relu() * x, lambda x: x.relu() * x, False),
    ("matmul", lambda x: x @ A, lambda x: x @ torch.tensor(A), False),
    ("rmatmul", lambda x: A.T @ x, lambda x: torch.tensor(A).T @ x, False),
    ("inner", lambda x: x @ x, lambda x: x @ x, False),
    ("sum", lambda x: x.reshape(2, 2).sum(axis=1), lambda x: x.reshape(2, 2).sum(1), False),
    ("mean", lambda x: (x * x).mean(), lambda x: (x * x).mean(), False),
    ("max", lambda x: x.reshape(2, 2).max(axis=0), lambda x: x.reshape(2, 2).amax(0), False),
    ("transpose", lambda x: x.reshape(2, 2).T @ B[:2],
     lambda x: x.reshape(2, 2).T @ torch.tensor(B[:2]), False),
    ("getitem", lambda x: x[1:] * x[0], lambda x: x[1:] * x[0], False),
    ("broadcast", lambda x: x[0] + A, lambda x: x[0] + torch.tensor(A), False),
    ("outer", lambda x: x.reshape(4, 1) * x, lambda x: x.reshape(4, 1) * x, False),
    ("softmax", lambda x: softmax(x) * x, lambda x: torch.softmax(x, 0) * x, False),
    ("softmax axis", lambda x: x.reshape(2, 2).softmax(axis=0),
     lambda x: torch.softmax(x.reshape(2, 2), 0), False),
    ("log_softmax", lambda x: x.log_softmax(), lambda x: torch.log_softmax(x, 0), False),
]  # fmt: skip
IDS = [row[0] for row in PRIMITIVES]


@pytest.mark.parametrize(("_", "ours", "theirs", "positive"), PRIMITIVES, ids=IDS)
def test_every_primitive_agrees_with_torch_and_differences(_, ours, theirs, positive):
    """First and second derivatives of each primitive, two independent oracles."""
    x = np.random.default_rng(3).standard_normal(4)
    x = np.abs(x) + 0.5 if positive else x
    v = np.random.default_rng(4).standard_normal(4)
    t = torch.tensor(x)

    first = jacobian(ours, x)
    np.testing.assert_allclose(first, torch.func.jacrev(theirs)(t).numpy(), atol=1e-12)
    numeric = central_differences(lambda y: np.asarray(jvp(ours, y, v)[0]), x)
    np.testing.assert_allclose(first, numeric, atol=1e-8)

    value, tangent = jvp(ours, x, v)
    their_value, their_tangent = torch.func.jvp(theirs, (t,), (torch.tensor(v),))
    np.testing.assert_allclose(value, their_value.numpy(), atol=1e-13)
    np.testing.assert_allclose(tangent, their_tangent.numpy(), atol=1e-12)

    second = jacobian(lambda y: jacobian(ours, y), x)
    their_second = torch.func.jacfwd(torch.func.jacrev(theirs))(t).numpy()
    np.testing.assert_allclose(second, their_second, atol=1e-11)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=8), st.integers(0, 10**6))
def test_jvp_is_linear_in_the_direction(values, seed):
    """Df(x)(2u − 3v) = 2 Df(x)u − 3 Df(x)v: the tangent is a linear map, not just a number."""
    x = np.array(values)
    u, v = np.random.default_rng(seed).standard_normal((2, len(x)))

    def f(y):
        return (y.softmax() * y).tanh()

    combined = jvp(f, x, 2.0 * u - 3.0 * v)[1]
    parts = 2.0 * jvp(f, x, u)[1] - 3.0 * jvp(f, x, v)[1]
    np.testing.assert_allclose(combined, parts, atol=1e-10)


def test_hessian_of_a_network_agrees_with_torch():
    """A two-layer network with cross-entropy loss, as a function of its first weights."""
    rng = np.random.default_rng(5)
    inputs, w2 = rng.standard_normal((6, 3)), rng.standard_normal((2, 4))
    w1 = rng.standard_normal((3, 2))

    def ours(w):
        return -((inputs @ w).tanh() @ w2).log_softmax()[:, 0].mean()

    def theirs(w):
        hidden = (torch.tensor(inputs) @ w).tanh()
        return -torch.log_softmax(hidden @ torch.tensor(w2), -1)[:, 0].mean()

    expected = torch.func.hessian(theirs)(torch.tensor(w1)).numpy()
    found = hessian(ours, w1)
    assert found.shape == (3, 2, 3, 2)
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_third_derivative_by_nesting():
    """Any order: the third derivative of x⁵ at 2 is 60·4."""
    third = jacobian(lambda y: jacobian(lambda z: jacobian(lambda w: w**5, z), y), 2.0)
    assert float(third) == pytest.approx(240.0)


def test_nested_tangents_are_not_confused():
    """d/dx (x · d/dy (x + y)) = 1: the inner tangent must not swallow the outer one."""
    value, tangent = jvp(lambda x: x * jvp(lambda y: x + y, 1.0, 1.0)[1], 3.0, 1.0)
    assert (float(value), float(tangent)) == (3.0, 1.0)


def test_softmax_neither_overflows_nor_loses_mass():
    """Logits of ±1000, where a naive exp overflows; the tangents sum to 0."""
    x, v = np.array([1000.0, -1000.0, 999.0]), np.array([1.0, 2.0, -1.0])
    value, tangent = jvp(softmax, x, v)
    assert np.isfinite(value).all()
    assert value.sum() == pytest.approx(1.0)
    assert abs(tangent.sum()) < 1e-15


def test_what_is_refused():
    with pytest.raises(ValueError, match="direction v"):
        jvp(softmax, np.zeros(3), np.zeros(4))
    with pytest.raises(TypeError, match="exponent must be a number"):
        jvp(lambda x: x**x, 2.0, 1.0)
    with pytest.raises(TypeError):
        np.exp(Tensor(np.ones(2), np.ones(2), 1))  # NumPy must not drop the tangent in silence


def test_the_file_stands_by_itself():
    """NumPy and the standard library only, at most 250 lines."""
    text = Path(mg.__file__).read_text()
    assert len(text.splitlines()) <= 250
    assert "groundwork" not in text.replace("the room `autograd`", "")
