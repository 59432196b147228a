"""The derivative rules: one table, each operation beside what it does to a gradient.

A rule's vector-Jacobian products read the interface that NumPy arrays and our Tensors share
(`* / ** @ > ==`, `sum`, `reshape`, `transpose`, `swapaxes`, `[...]`), and `call` for the rest.
Given arrays they are plain NumPy; given Tensors they record themselves, and the gradient can be
differentiated again. No rule deals with broadcasting or dtype: `graph.fit` does, for all of them.

In each product `g` is the gradient of the result, `out` the result, then come the operands.
Operands that a rule does not keep are given as their `Spec`, shape and dtype alone; an `out` that
it does not keep is None.
Long because the table is worth having in one piece.
"""
# ruff: noqa: ARG001, ARG005  (every rule has the one signature, whatever it reads of it)

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

Value = Any  # an ndarray, a Tensor, or a Spec where the value was not kept


@dataclass(frozen=True, eq=False)
class Rule:
    """An operation: forward on arrays, and per operand the pullback of a gradient.

    `keeps` lists the operands (by position) whose values a pullback reads, `keeps_out` whether
    one reads the result: whatever is not listed may be released at once. `view` says that the
    result can share memory with the first operand. A rule without `vjps` has no derivative: its
    result never requires one.
    """

    name: str
    forward: Callable[..., Any]
    vjps: tuple[Callable[..., Value], ...] = ()
    keeps: tuple[int, ...] = ()
    keeps_out: bool = False
    view: bool = False


def call(rule: Rule, *operands: Any, **options: Any) -> Value:
    """`rule` applied to arrays at once, or to Tensors through their own recording `apply`."""
    for operand in operands:
        if hasattr(operand, "apply"):
            return operand.apply(rule, *operands, **options)
    return rule.forward(*operands, **options)


# ---- arithmetic ------------------------------------------------------------------------------

ADD = Rule("add", np.add, (lambda g, out, a, b: g, lambda g, out, a, b: g))

SUBTRACT = Rule("subtract", np.subtract, (lambda g, out, a, b: g, lambda g, out, a, b: -g))

MULTIPLY = Rule(
    "multiply",
    np.multiply,
    (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a),
    keeps=(0, 1),
)

DIVIDE = Rule(
    "divide",
    np.true_divide,
    (lambda g, out, a, b: g / b, lambda g, out, a, b: -g * out / b),
    keeps=(1,),
    keeps_out=True,
)

NEGATE = Rule("negative", np.negative, (lambda g, out, a: -g,))


def _power_of_base(g: Value, out: Value, a: Value, b: Value) -> Value:
    # b·a^(b−1); at b = 0 the exponent is moved to 1, so that 0·0^(−1) is 0 and not NaN
    if isinstance(b, int | float):
        return g * (b * a ** (b - 1 if b != 0 else 1))
    return g * (b * a ** call(WHERE, b == 0, 1.0, b - 1))


def _power_of_exponent(g: Value, out: Value, a: Value, b: Value) -> Value:
    # a^b·ln a, continued by 0 at a = 0 (where ln is moved to ln 1)
    if isinstance(a, int | float):
        return g * out * (math.log(a) if a > 0 else 0.0 if a == 0 else math.nan)
    return g * out * call(LOG, call(WHERE, a == 0, 1.0, a))


POWER = Rule("power", np.power, (_power_of_base, _power_of_exponent), keeps=(0, 1), keeps_out=True)

# ---- comparisons: constants to the derivative ------------------------------------------------

GREATER = Rule("greater", np.greater)
GREATER_EQUAL = Rule("greater_equal", np.greater_equal)
LESS = Rule("less", np.less)
LESS_EQUAL = Rule("less_equal", np.less_equal)
EQUAL = Rule("equal", np.equal)
NOT_EQUAL = Rule("not_equal", np.not_equal)

# ---- elementwise functions -------------------------------------------------------------------

EXP = Rule("exp", np.exp, (lambda g, out, a: g * out,), keeps_out=True)

LOG = Rule("log", np.log, (lambda g, out, a: g / a,), keeps=(0,))

# Without bound at 0, as the derivative is.
SQRT = Rule("sqrt", np.sqrt, (lambda g, out, a: g / (2 * out),), keeps_out=True)

SIGN = Rule("sign", np.sign)  # constant to the derivative

ABSOLUTE = Rule("abs", np.absolute, (lambda g, out, a: g * call(SIGN, a),), keeps=(0,))

# log(1 + e⁻ˣ) first: e⁻ˣ alone would overflow.
SIGMOID = Rule(
    "sigmoid",
    lambda a: np.exp(-np.logaddexp(0, -a)),
    (lambda g, out, a: g * (out * (1 - out)),),
    keeps_out=True,
)

TANH = Rule("tanh", np.tanh, (lambda g, out, a: g * (1 - out * out),), keeps_out=True)

# The derivative at 0 is taken as 0. The result serves as mask: the next operation keeps it anyway.
RELU = Rule("relu", lambda a: np.maximum(a, 0), (lambda g, out, a: g * (out > 0),), keeps_out=True)

WHERE: Rule = Rule(
    "where",
    np.where,
    (
        lambda g, out, condition, a, b: g * 0,
        lambda g, out, condition, a, b: call(WHERE, condition, g, 0.0),
        lambda g, out, condition, a, b: call(WHERE, condition, 0.0, g),
    ),
    keeps=(0,),
)

# ---- softmax, stable: the largest entry of each row is subtracted first ----------------------


def _softmax(a: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(a - a.max(axis=axis, keepdims=True, initial=-np.inf))
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def _log_softmax(a: np.ndarray, axis: int) -> np.ndarray:
    shifted = a - a.max(axis=axis, keepdims=True, initial=-np.inf)
    if shifted.size:  # the logarithm of an empty sum would warn
        shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


SOFTMAX = Rule(
    "softmax",
    _softmax,
    # (diag(s) − ssᵀ)g, without forming the matrix
    (lambda g, out, a, axis: out * (g - (g * out).sum(axis=axis, keepdims=True)),),
    keeps_out=True,
)

LOG_SOFTMAX = Rule(
    "log_softmax",
    _log_softmax,
    (lambda g, out, a, axis: g - call(EXP, out) * g.sum(axis=axis, keepdims=True),),
    keeps_out=True,
)

# ---- reductions ------------------------------------------------------------------------------


def _kept(shape: tuple[int, ...], axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape after a reduction over `axis` with `keepdims=True`."""
    if axis is None:
        return (1,) * len(shape)
    axes = normalize_axis_tuple(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _sum_vjp(g: Value, out: Value, a: Value, axis: Any, keepdims: bool) -> Value:
    return call(BROADCAST, g.reshape(_kept(a.shape, axis)), shape=a.shape)


def _max_vjp(g: Value, out: Value, a: Value, axis: Any, keepdims: bool) -> Value:
    # entries that tie for the largest share the gradient equally
    shape = _kept(a.shape, axis)
    largest = a == out.reshape(shape)
    return g.reshape(shape) * largest / largest.sum(axis=axis, keepdims=True)


SUM = Rule("sum", np.sum, (_sum_vjp,))
MAX = Rule(
    "max",
    np.max,
    (_max_vjp,),
    keeps=(0,),
    keeps_out=True,
)

# ---- shapes ----------------------------------------------------------------------------------

# Broadcasting repeats entries, so its pullback sums over the copies: `graph.fit` does just that.
BROADCAST = Rule(
    "broadcast_to",
    lambda a, shape: np.broadcast_to(a, shape),
    (lambda g, out, a, shape: g,),
    view=True,
)

RESHAPE = Rule(
    "reshape",
    lambda a, shape: np.reshape(a, shape),
    (lambda g, out, a, shape: g.reshape(a.shape),),
    view=True,
)

TRANSPOSE = Rule(
    "transpose",
    lambda a, axes: np.transpose(a, axes),
    (lambda g, out, a, axes: g.transpose(np.argsort(normalize_axis_tuple(axes, len(axes)))),),
    view=True,
)

CAST = Rule(
    "astype",
    lambda a, dtype: a.astype(dtype),
    (lambda g, out, a, dtype: g,),
)

CAST_WHOLE = Rule("astype", CAST.forward)  # to integers or booleans: constants to the derivative

COPY = Rule("copy", lambda a: np.array(a), (lambda g, out, a: g,))

# ---- indexing: an entry read twice is owed two gradients -------------------------------------


def is_basic(index: Any) -> bool:
    """Whether NumPy answers `index` with a view, in which no entry can occur twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, int | np.integer | slice)
        for part in parts
    )


def _scatter(a: np.ndarray, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    full = np.zeros(shape, dtype=a.dtype)
    if is_basic(index):
        full[index] = a
    else:
        np.add.at(full, index, a)  # `full[index] += a` would keep one of several duplicates
    return full


GETITEM = Rule(
    "getitem",
    lambda a, index: a[index],
    (lambda g, out, a, index: call(SCATTER, g, index=index, shape=a.shape),),
    view=True,
)

SCATTER: Rule = Rule("scatter_add", _scatter, (lambda g, out, a, index, shape: g[index],))


def concatenate_rule(sizes: tuple[int, ...], axis: int) -> Rule:
    """The rule that joins len(sizes) operands, of `sizes` along `axis` (counted from 0)."""
    stops = np.cumsum(sizes).tolist()

    def part(start: int, stop: int) -> Callable[..., Value]:
        window = (slice(None),) * axis + (slice(start, stop),)
        return lambda g, out, *operands: g[window]

    return Rule(
        "concatenate",
        lambda *arrays: np.concatenate(arrays, axis=axis),
        tuple(part(start, stop) for start, stop in zip([0, *stops], stops, strict=False)),
    )


# ---- matrix products (operands of at least two axes; `Tensor.matmul` sees to vectors) ---------

MATMUL = Rule(
    "matmul",
    np.matmul,
    (
        lambda g, out, a, b: g @ b.swapaxes(-1, -2),  # (…, n, m) @ (…, m, k)
        lambda g, out, a, b: a.swapaxes(-1, -2) @ g,  # (…, k, n) @ (…, n, m)
    ),
    keeps=(0, 1),
)


def _linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    out = x @ weight.T  # (n, o)
    out += bias
    return out


# One operation rather than three: no transposed copy of the weight's gradient, no second buffer.
LINEAR = Rule(
    "linear",
    _linear,
    (
        lambda g, out, x, weight, bias: g @ weight,  # (n, o) @ (o, i)
        lambda g, out, x, weight, bias: g.T @ x,  # (o, n) @ (n, i)
        lambda g, out, x, weight, bias: g,
    ),
    keeps=(0, 1),
)
