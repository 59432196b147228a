"""The engine against PyTorch in float64: random cases of every operation, and their errors.

PyTorch is the oracle here and nothing else: no other module of this room imports it.
Long because every operation brings its own maker of random cases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from groundwork.autograd import functions as ours
from groundwork.autograd.check import grad_check
from groundwork.autograd.functions import gradients
from groundwork.autograd.nn import cross_entropy, mse
from groundwork.autograd.tensor import Tensor

Array = np.ndarray
Pair = tuple[Callable[..., Tensor], Callable[..., torch.Tensor], list[Array]]


@dataclass(frozen=True)
class Errors:
    """Largest errors, each relative to max(1, the oracle's largest entry); NaN where not tried."""

    value: float
    gradient: float
    second: float


def shapes(rng: np.random.Generator, count: int, *, least: int = 0) -> list[tuple[int, ...]]:
    """`count` random shapes that broadcast: up to 4 axes, lengths `least` to 4, some cut or 1."""
    full = rng.integers(max(least, 1), 5, size=rng.integers(0, 5)).tolist()
    if least == 0 and full and rng.random() < 0.15:
        full[int(rng.integers(len(full)))] = 0
    found = []
    for _ in range(count):
        shape = [1 if rng.random() < 0.3 else n for n in full]
        found.append(tuple(shape[int(rng.integers(0, len(shape) + 1)) :]))
    return found


def array(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal entries; often a transposed or strided view: no memory order is assumed."""
    if len(shape) >= 2 and rng.random() < 0.33:
        return rng.normal(size=shape[::-1]).T
    if shape and rng.random() < 0.2:
        return rng.normal(size=(*shape[:-1], 2 * shape[-1]))[..., ::2]
    return np.asarray(rng.normal(size=shape))


def compare(pair: Pair, *, second: bool = True) -> Errors:
    """The errors of one case: value, gradients, and gradients of a random product of gradients.

    Raises `AssertionError` where shapes or dtypes differ from PyTorch's.
    """
    function, reference, inputs = pair
    rng = np.random.default_rng(len(inputs))
    leaves = [Tensor(x, requires_grad=True) for x in inputs]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    out, expected = function(*leaves), reference(*theirs)
    assert out.shape == tuple(expected.shape), (out.shape, tuple(expected.shape))
    assert out.dtype == np.float64
    weights = rng.normal(size=out.shape)
    first = torch.autograd.grad(expected, theirs, torch.tensor(weights), create_graph=True)
    out.backward(weights, create_graph=second)
    found = [leaf.grad for leaf in leaves]
    assert all(
        g is not None and g.shape == leaf.shape for g, leaf in zip(found, leaves, strict=True)
    )
    result = Errors(
        _error(out, expected),
        max(map(_error, found, first)),
        _second(leaves, found, theirs, first) if second else float("nan"),
    )
    for leaf in leaves:
        leaf.grad = None  # cut the circle leaf -> gradient -> graph -> leaf
    return result


def _second(leaves: list[Tensor], found: list[Any], theirs: list[Any], first: Any) -> float:
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=leaf.shape) for leaf in leaves]
    total = sum((g * w).sum() for g, w in zip(found, weights, strict=True))
    expected = sum((g * torch.tensor(w)).sum() for g, w in zip(first, weights, strict=True))
    if not expected.requires_grad:  # the operation is linear: nothing is left to differentiate
        second = gradients(total, leaves) if total.requires_grad else []
        return max((float(np.abs(g.data).max(initial=0)) for g in second), default=0.0)
    again = torch.autograd.grad(expected, theirs, allow_unused=True)
    # PyTorch's derivative of a sign is a tensor without memory, which a sum gives it.
    zeros = [
        torch.zeros_like(t) if g is None else g + 0 for g, t in zip(again, theirs, strict=True)
    ]
    mine = (
        gradients(total, leaves) if total.requires_grad else [Tensor(z.numpy() * 0) for z in zeros]
    )
    return max(map(_error, mine, zeros))


def _error(found: Any, expected: torch.Tensor) -> float:
    truth = expected.detach().numpy()
    scale = max(1.0, float(np.abs(truth).max(initial=0)))
    return float(np.abs(np.asarray(found) - truth).max(initial=0)) / scale


def central(pair: Pair) -> float:
    """The largest error of one case against central differences (see `grad_check`)."""
    return grad_check(pair[0], *pair[2])


# ---- one maker of random cases per operation ------------------------------------------------


def _binary(function: Callable[[Any, Any], Any], shift: float = 0.0) -> Callable[..., Pair]:
    """Two operands that broadcast; with `shift`, the second is kept that far from zero."""

    def make(rng: np.random.Generator) -> Pair:
        first, second = (array(rng, shape) for shape in shapes(rng, 2))
        return function, function, [first, second + shift * np.where(second < 0, -1, 1)]

    return make


def _unary(mine: Callable[[Any], Any], theirs: Callable[[Any], Any], positive: bool = False) -> Any:
    def make(rng: np.random.Generator) -> Pair:
        x = array(rng, shapes(rng, 1)[0])
        return mine, theirs, [np.abs(x) + 0.2 if positive else x]

    return make


def _power(rng: np.random.Generator) -> Pair:
    base, exponent = (array(rng, shape) for shape in shapes(rng, 2))
    if rng.random() < 0.5:
        number = int(rng.integers(0, 4))
        return (lambda x: x**number), (lambda x: x**number), [base]
    return (lambda a, b: a**b), (lambda a, b: a**b), [np.abs(base) + 0.2, exponent]


def _number_left(rng: np.random.Generator) -> Pair:
    x = np.abs(array(rng, shapes(rng, 1)[0])) + 0.2

    def both(t: Any) -> Any:
        return 2.0**t - (3 - t) * (1 / t) + 2 * t - (-t)

    return both, both, [x]


def _axes(rng: np.random.Generator, ndim: int) -> Any:
    if ndim == 0 or rng.random() < 0.25:
        return None
    chosen = rng.choice(ndim, size=int(rng.integers(1, ndim + 1)), replace=False).tolist()
    chosen = [i - ndim if rng.random() < 0.5 else i for i in chosen]
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


def _reduction(name: str, theirs: Callable[..., torch.Tensor]) -> Callable[..., Pair]:
    def make(rng: np.random.Generator) -> Pair:
        x = array(rng, shapes(rng, 1, least=0 if name == "sum" else 1)[0])
        axis, keepdims = _axes(rng, x.ndim), bool(rng.random() < 0.5)
        dims = tuple(range(x.ndim)) if axis is None else axis
        if name == "max" and rng.random() < 0.5:
            x = np.round(x)  # ties
        return (
            lambda t: getattr(t, name)(axis=axis, keepdims=keepdims),
            lambda t: theirs(t, dim=dims, keepdim=keepdims),
            [x],
        )

    return make


def _along(name: str, theirs: Callable[..., torch.Tensor]) -> Callable[..., Pair]:
    def make(rng: np.random.Generator) -> Pair:
        x = array(rng, (*shapes(rng, 1)[0], int(rng.integers(1, 6)))) * 3
        axis = int(rng.integers(-x.ndim, x.ndim))
        return (lambda t: getattr(t, name)(axis=axis)), (lambda t: theirs(t, dim=axis)), [x]

    return make


def _reshape(rng: np.random.Generator) -> Pair:
    x = array(rng, tuple(rng.integers(1, 5, size=3).tolist()))
    shape = [(-1,), (x.shape[0], -1), (x.shape[2], 1, x.shape[0] * x.shape[1])][
        int(rng.integers(3))
    ]
    return (lambda t: t.reshape(*shape)), (lambda t: t.reshape(shape)), [x]


def _transpose(rng: np.random.Generator) -> Pair:
    x = array(rng, shapes(rng, 1)[0])
    if rng.random() < 0.3:
        return (lambda t: t.T * 1), (lambda t: t.permute(tuple(range(t.ndim)[::-1])) * 1), [x]
    order = rng.permutation(x.ndim).tolist()
    if not order:
        return (lambda t: t.transpose()), (lambda t: t * 1), [x]
    return (lambda t: t.transpose(*order)), (lambda t: t.permute(*order)), [x]


def _getitem(rng: np.random.Generator) -> Pair:
    x = array(rng, (4, int(rng.integers(1, 5)), 3))
    rows, columns = rng.integers(-4, 4, size=(2, 6)), rng.integers(0, 3, size=(2, 6))
    index: Any = [
        (slice(1, None, 2), Ellipsis, None),
        -1,
        rows,  # repeated, negative too
        (rows, slice(None), columns),
        (slice(None), 0, columns),
        rng.random(4) < 0.5,
        (Ellipsis, slice(0, 0)),
    ][int(rng.integers(7))]

    def torch_index(part: Any) -> Any:
        return torch.as_tensor(part) if isinstance(part, np.ndarray) else part

    other = tuple(map(torch_index, index)) if isinstance(index, tuple) else torch_index(index)
    return (lambda t: t[index]), (lambda t: t[other]), [x]


def _matmul(rng: np.random.Generator) -> Pair:
    n, k, m = rng.integers(0 if rng.random() < 0.1 else 1, 5, size=3).tolist()
    left, right = shapes(rng, 2, least=1)
    kind = rng.random()
    a_shape, b_shape = (*left, n, k), (*right, k, m)
    if kind < 0.15:
        a_shape = (k,)
    elif kind < 0.3:
        b_shape = (k,)
    elif kind < 0.4:
        a_shape, b_shape = (k,), (k,)
    return (lambda a, b: a @ b), (lambda a, b: a @ b), [array(rng, a_shape), array(rng, b_shape)]


def _where(rng: np.random.Generator) -> Pair:
    condition, a, b = (array(rng, shape) for shape in shapes(rng, 3))
    chosen = condition > 0
    return (
        lambda x, y: ours.where(chosen, x, y),
        lambda x, y: torch.where(torch.as_tensor(chosen), x, y),
        [a, b],
    )


def _concatenate(rng: np.random.Generator) -> Pair:
    shape = rng.integers(1, 4, size=int(rng.integers(1, 4))).tolist()
    axis = int(rng.integers(-len(shape), len(shape)))
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        shape[axis] = int(rng.integers(0, 4))
        parts.append(array(rng, tuple(shape)))
    return (
        lambda *t: ours.concatenate(t, axis=axis),
        lambda *t: torch.concatenate(t, dim=axis),
        parts,
    )


def _linear(rng: np.random.Generator) -> Pair:
    inputs, outputs = rng.integers(1, 5, size=2).tolist()
    x = array(rng, (*shapes(rng, 1)[0], inputs))
    return (
        ours.linear,
        torch.nn.functional.linear,
        [x, array(rng, (outputs, inputs)), array(rng, (outputs,))],
    )


def _cross_entropy(rng: np.random.Generator) -> Pair:
    rows, classes = rng.integers(1, 6, size=2).tolist()
    labels = rng.integers(0, classes, size=rows)
    return (
        lambda t: cross_entropy(t, labels),
        lambda t: torch.nn.functional.cross_entropy(t, torch.as_tensor(labels)),
        [array(rng, (rows, classes)) * 3],
    )


def _mse(rng: np.random.Generator) -> Pair:
    shape = shapes(rng, 1, least=1)[0]
    return mse, torch.nn.functional.mse_loss, [array(rng, shape), array(rng, shape)]


def _diamond(rng: np.random.Generator) -> Pair:
    x, y = (array(rng, shape) for shape in shapes(rng, 2))

    def both(a: Any, b: Any) -> Any:
        c = a * b  # used three times, with a used again beside it
        return c * c + c + a * a - b + a

    return both, both, [x, y]


CASES: dict[str, Callable[[np.random.Generator], Pair]] = {
    "add": _binary(lambda a, b: a + b),
    "subtract": _binary(lambda a, b: a - b),
    "multiply": _binary(lambda a, b: a * b),
    "divide": _binary(lambda a, b: a / b, shift=0.5),
    "power": _power,
    "numbers on the left": _number_left,
    "negative": _unary(lambda x: -x, lambda x: -x),
    "exp": _unary(lambda x: x.exp(), torch.exp),
    "log": _unary(lambda x: x.log(), torch.log, positive=True),
    "relu": _unary(lambda x: x.relu(), torch.relu),
    "sqrt": _unary(lambda x: x.sqrt(), torch.sqrt, positive=True),
    "abs": _unary(abs, torch.abs),
    "sigmoid": _unary(lambda x: x.sigmoid(), torch.sigmoid),
    "tanh": _unary(lambda x: x.tanh(), torch.tanh),
    "softmax": _along("softmax", torch.softmax),
    "log_softmax": _along("log_softmax", torch.log_softmax),
    "sum": _reduction("sum", torch.sum),
    "mean": _reduction("mean", torch.mean),
    "max": _reduction("max", torch.amax),
    "reshape": _reshape,
    "transpose": _transpose,
    "getitem": _getitem,
    "matmul": _matmul,
    "where": _where,
    "concatenate": _concatenate,
    "linear": _linear,
    "cross_entropy": _cross_entropy,
    "mse": _mse,
    "diamond": _diamond,
}
