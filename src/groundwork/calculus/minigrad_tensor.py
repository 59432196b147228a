"""Forward-mode derivatives in one file: a tensor that carries its own tangent.

The derivative of f at x is a linear map Df(x): the one with f(x + v) = f(x) + Df(x) v + o(|v|).
Forward mode never writes that map down as a matrix. A `Tensor` holds a value and the image of one
direction v; every primitive below is listed with its differential, a linear map applied to the
tangents of its arguments; and the chain rule D(g∘f)(x) = Dg(f(x)) Df(x) is then nothing but
calling one function after another. A value may itself be a Tensor of an outer `jvp`, which gives
derivatives of any order; each call has a number (`level`), so that tangents are never confused.

Needs NumPy and nothing else. Its reverse-mode counterpart is the room `autograd`; a function that
is written with operators and methods runs on both, which is how each checks the other.
"""

# ruff: noqa: ARG001, ARG005  (all differentials share one signature; few need all of it)

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_levels = itertools.count(1)  # a later jvp call is an inner one: it gets the larger number


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value and the tangent attached to it by the `jvp` call numbered `level`.

    Shapes: `value` and `tangent` alike. Both are arrays, or Tensors of a smaller level.
    The operators + - * / @ and the methods exp, log, tanh, relu are attached further down.
    """

    value: Any
    tangent: Any
    level: int

    __array_ufunc__ = None  # array + Tensor is then ours to answer, not NumPy's

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def T(self) -> Any:
        return transpose(self)

    def __neg__(self) -> Any:
        return multiply(self, -1.0)

    def __pow__(self, exponent: float) -> Any:
        if isinstance(exponent, Tensor):
            raise TypeError("the exponent must be a number; write exp(b * log(a)) for a ** b")
        return power(self, exponent=exponent)

    def __getitem__(self, key: Any) -> Any:
        return getitem(self, key=key)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        total = _sum(self, axis=axis, keepdims=keepdims)
        return total * (np.prod(total.shape) / np.prod(self.shape))

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _max(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        return reshape(self, shape=shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: int) -> Any:
        return transpose(self, axes=axes or None)

    def softmax(self, axis: int = -1) -> Any:
        return softmax(self, axis=axis)

    def log_softmax(self, axis: int = -1) -> Any:
        return log_softmax(self, axis=axis)


def primitive(function: Callable[..., Any], *differentials: Callable[..., Any]) -> Any:
    """`function` of arrays, extended to Tensors by its differential in each argument.

    `differentials[i](t, out, *args, **options)` is the image of the tangent `t` of argument i
    under the partial derivative there: linear in `t`. The images add up to the total derivative.
    """

    def apply(*args: Any, **options: Any) -> Any:
        level = max(a.level if isinstance(a, Tensor) else 0 for a in args)
        if level == 0:
            return function(*args, **options)
        ours = [isinstance(a, Tensor) and a.level == level for a in args]
        values = [a.value if mine else a for a, mine in zip(args, ours, strict=True)]
        out = apply(*values, **options)
        images = [
            differential(a.tangent, out, *values, **options)
            for a, mine, differential in zip(args, ours, differentials, strict=True)
            if mine
        ]
        tangent = images[0] if len(images) == 1 else images[0] + images[1]
        if tangent.shape != out.shape:  # the other argument had more axes
            tangent = broadcast_to(tangent, shape=out.shape)
        return Tensor(out, tangent, level)

    return apply


def linear(function: Callable[..., Any]) -> Any:
    """A `function` linear in its first argument, which is therefore its own differential."""
    apply = primitive(function, lambda t, out, x, **options: apply(t, **options))
    return apply


# --- arithmetic: the function, then its differential in each argument --------------------------
add = primitive(np.add, lambda t, out, a, b: t, lambda t, out, a, b: t)
subtract = primitive(np.subtract, lambda t, out, a, b: t, lambda t, out, a, b: -t)
multiply = primitive(np.multiply, lambda t, out, a, b: t * b, lambda t, out, a, b: a * t)
divide = primitive(np.divide, lambda t, out, a, b: t / b, lambda t, out, a, b: -out * t / b)
matmul = primitive(np.matmul, lambda t, out, a, b: t @ b, lambda t, out, a, b: a @ t)
_ARITHMETIC = {"add": add, "sub": subtract, "mul": multiply, "truediv": divide, "matmul": matmul}
for _name, _function in _ARITHMETIC.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", lambda a, b, function=_function: function(b, a))

# --- elementwise -------------------------------------------------------------------------------
exp = primitive(np.exp, lambda t, out, x: out * t)
log = primitive(np.log, lambda t, out, x: t / x)
sin = primitive(np.sin, lambda t, out, x: cos(x) * t)
cos: Any = primitive(np.cos, lambda t, out, x: -sin(x) * t)
tanh = primitive(np.tanh, lambda t, out, x: (1.0 - out * out) * t)
# at a kink the derivative is a choice: relu takes 0, max the mean of its tied entries (as PyTorch)
relu = primitive(lambda x: np.maximum(x, 0.0), lambda t, out, x: t * (_plain(x) > 0))
power = primitive(
    lambda x, exponent: x**exponent,
    lambda t, out, x, exponent: t * (exponent * x ** (exponent - 1) if exponent else 0.0),
)
for _name, _function in {"exp": exp, "log": log, "tanh": tanh, "relu": relu}.items():
    setattr(Tensor, _name, _function)

# --- shape and reduction -----------------------------------------------------------------------
reshape = linear(lambda x, shape: np.reshape(x, shape))
transpose = linear(lambda x, axes=None: np.transpose(x, axes))
getitem = linear(lambda x, key: np.asarray(x[key]))
broadcast_to = linear(lambda x, shape: np.broadcast_to(x, shape))
_sum = linear(lambda x, axis, keepdims: np.asarray(np.sum(x, axis=axis, keepdims=keepdims)))


def _max_differential(t: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    at = _plain(x) == np.max(_plain(x), axis=axis, keepdims=True)
    return _sum(t * (at / at.sum(axis=axis, keepdims=True)), axis=axis, keepdims=keepdims)


_max = primitive(
    lambda x, axis, keepdims: np.asarray(np.max(x, axis=axis, keepdims=keepdims)),
    _max_differential,
)


def stack(parts: Sequence[Any], axis: int = 0) -> Any:
    """Arrays or Tensors of one shape, joined along a new axis (a linear map of all of them)."""
    level = max(p.level if isinstance(p, Tensor) else 0 for p in parts)
    if level == 0:
        return np.stack(parts, axis=axis)
    pairs = [_split(part, level) for part in parts]
    value, tangent = (stack(side, axis) for side in zip(*pairs, strict=True))
    return Tensor(value, tangent, level)


# --- softmax -----------------------------------------------------------------------------------
def _softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    shifted = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))  # no overflow
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


def _softmax_differential(t: Any, out: Any, x: Any, axis: int = -1) -> Any:
    """(diag(s) - s sᵀ) t in O(n): each entry's share of t, less the share of the mean of t."""
    return out * (t - _sum(out * t, axis=axis, keepdims=True))


softmax = primitive(_softmax, _softmax_differential)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """log softmax(x), without forming a quotient that may round to 0."""
    shifted = x - np.max(_plain(x), axis=axis, keepdims=True, initial=-np.inf)
    return shifted - log(_sum(exp(shifted), axis=axis, keepdims=True))


# --- derivatives -------------------------------------------------------------------------------
def jvp(f: Callable[[Any], Any], x: Any, v: Any) -> tuple[Any, Any]:
    """(f(x), Df(x) v): value and directional derivative, in one pass and without the Jacobian.

    Shapes: x and v alike; both results have the shape of f(x).
    Raises: ValueError for unequal shapes of x and v, TypeError for other than real numbers.
    Source: Griewank and Walther, Evaluating Derivatives (2008), chapter 3.1.
    Checked by: torch.func.jvp and central differences in float64, tests/calculus.
    """
    x, v = _floating(x), _floating(v)
    if x.shape != v.shape:
        raise ValueError(f"x has shape {x.shape} and the direction v has {v.shape}")
    level = next(_levels)
    return _split(f(Tensor(x, v, level)), level)


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    """The matrix of Df(x): one `jvp` for each entry of x.

    Shapes: x (*n) -> f(x).shape + x.shape, also where an axis of either is empty.
    Checked by: torch.func.jacrev, central differences, SymPy, tests/calculus.
    """
    x = _floating(x)
    if 0 in x.shape:
        return np.zeros(np.shape(_plain(jvp(f, x, x)[0])) + x.shape)
    basis = np.eye(int(np.prod(x.shape))).reshape(-1, *x.shape)  # (n, *n)
    stacked = stack([jvp(f, x, direction)[1] for direction in basis], axis=-1)  # (*m, n)
    return reshape(stacked, shape=(*stacked.shape[:-1], *x.shape))  # (*m, *n)


def hessian(f: Callable[[Any], Any], x: Any) -> Any:
    """The second derivative of a scalar f as a symmetric matrix: forward over forward, n² passes.

    Shapes: x (*n), f(x) () -> x.shape + x.shape.
    Checked by: torch.func.hessian, SymPy, tests/calculus.
    """
    return jacobian(lambda y: jacobian(f, y), x)


def _floating(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x
    if (x := np.asarray(x)).dtype.kind not in "fiub":
        raise TypeError(f"derivatives here are of real numbers, not {x.dtype}")
    return x if x.dtype.kind == "f" else x.astype(float)


def _split(out: Any, level: int) -> tuple[Any, Any]:
    """Value and tangent at `level`; what does not depend on that call's input has tangent 0."""
    if isinstance(out, Tensor) and out.level == level:
        return out.value, out.tangent
    return out, np.zeros(np.shape(_plain(out)))


def _plain(x: Any) -> np.ndarray:
    """The bare array under every level."""
    while isinstance(x, Tensor):
        x = x.value
    return x
