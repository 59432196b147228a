"""Functions of Tensors that are not one Tensor's method, and the function form of some that are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from groundwork.autograd import rules
from groundwork.autograd.graph import Node, mode
from groundwork.autograd.tape import Tape
from groundwork.autograd.tensor import Tensor, _operand, apply, as_tensor, constant


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """Entries of `a` where `condition` holds, of `b` elsewhere; all three broadcast."""
    chosen = constant(condition)
    return apply(
        rules.WHERE, chosen if chosen.dtype == bool else chosen != 0, _operand(a), _operand(b)
    )


def concatenate(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors joined along an axis that they have; their other axes are equal."""
    parts = [constant(tensor) for tensor in tensors]
    if not parts or not parts[0].ndim:
        raise ValueError("concatenate expects at least one Tensor, each with an axis to join along")
    if not -parts[0].ndim <= axis < parts[0].ndim:
        raise ValueError(
            f"concatenate along axis {axis} of {parts[0].shape}: there is no such axis"
        )
    axis %= parts[0].ndim
    if len({(*part.shape[:axis], ..., *part.shape[axis + 1 :]) for part in parts}) > 1:
        shapes = " and ".join(str(part.shape) for part in parts)
        raise ValueError(
            f"concatenate of {shapes}: expected equally many axes, all but axis {axis} equal"
        )
    rule = rules.concatenate_rule(tuple(part.shape[axis] for part in parts), axis)
    return apply(rule, *parts)


def linear(x: Any, weight: Tensor, bias: Tensor) -> Tensor:
    """x Wᵀ + b in one operation.

    Shapes: x (..., inputs), weight (outputs, inputs), bias (outputs,) -> (..., outputs).
    """
    x, weight, bias = constant(x), constant(weight), constant(bias)
    if bias.shape != weight.shape[:1]:
        raise ValueError(
            f"linear of bias {bias.shape} and weight {weight.shape}: expected (outputs,) and "
            "(outputs, inputs)"
        )
    if x.ndim == 2:
        return apply(rules.LINEAR, x, weight, bias)
    if not x.ndim or x.shape[-1] != weight.shape[-1]:
        raise ValueError(
            f"linear of {x.shape} and {weight.shape}: expected (..., inputs) and (outputs, inputs)"
        )
    rows = x.reshape(int(np.prod(x.shape[:-1])), x.shape[-1])  # (rows, inputs)
    return apply(rules.LINEAR, rows, weight, bias).reshape(x.shape[:-1] + bias.shape)


def matmul(a: Any, b: Any) -> Tensor:
    """The matrix product `a @ b`; see `Tensor.matmul`."""
    return constant(a).matmul(b)


def exp(x: Any) -> Tensor:
    """eˣ, entry by entry."""
    return constant(x).exp()


def log(x: Any) -> Tensor:
    """The natural logarithm, entry by entry."""
    return constant(x).log()


def sqrt(x: Any) -> Tensor:
    """The square root, entry by entry."""
    return constant(x).sqrt()


def sigmoid(x: Any) -> Tensor:
    """1/(1 + e⁻ˣ), entry by entry."""
    return constant(x).sigmoid()


def relu(x: Any) -> Tensor:
    """max(x, 0), entry by entry."""
    return constant(x).relu()


def tanh(x: Any) -> Tensor:
    """tanh x, entry by entry."""
    return constant(x).tanh()


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Exponentials along `axis`, divided by their sum."""
    return constant(x).softmax(axis)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of `softmax`, without overflow."""
    return constant(x).log_softmax(axis)


def gradients(
    output: Tensor, inputs: Sequence[Tensor], grad: Any = None, create_graph: bool = False
) -> list[Tensor]:
    """The gradients of `output` with respect to `inputs`, leaves or not; no `.grad` is touched.

    An input that `output` does not depend on gets zeros.
    Raises `TypeError` for an input that is no Tensor, `ValueError` for one that requires no
    gradient, and as `backward` does.
    """
    for position, leaf in enumerate(inputs):
        if not isinstance(leaf, Tensor):
            raise TypeError(f"input {position} is a {type(leaf).__name__}, not a Tensor")
        if not leaf.requires_grad:
            raise ValueError(f"input {position} requires no gradient, so none was recorded for it")
    keys = [leaf if leaf._node is None else leaf._node for leaf in inputs]
    found = output._pull(grad, create_graph, {key for key in keys if isinstance(key, Node)})
    return [
        found[key] if key in found else as_tensor(np.zeros_like(leaf.data))
        for key, leaf in zip(keys, inputs, strict=True)
    ]


@contextmanager
def trace(keep: bool = True) -> Iterator[Tape]:
    """A tape of what this thread's Tensors do within the block; `keep=False` only adds up times."""
    outer, mode.tape = mode.tape, Tape(keep=keep)
    try:
        yield mode.tape
    finally:
        mode.tape = outer
