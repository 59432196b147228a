"""What callers pass to Tensors: numbers, indices, axes; and what is said where they do not fit."""

from typing import Any

import numpy as np

from groundwork.autograd.graph import mode
from groundwork.autograd.rules import Rule

# What a rule expects of its operands, by name; of every other, shapes that broadcast.
EXPECTED = {
    "softmax": "a floating-point Tensor that has this axis",
    "log_softmax": "a floating-point Tensor that has this axis",
    "sum": "axes that the Tensor has, each once",
    "max": "axes that the Tensor has, none of them of length 0",
    "reshape": "a shape with as many entries as the Tensor has",
    "transpose": "each axis of the Tensor once",
    "astype": "a real dtype",
    "getitem": "an index within the Tensor's axes",
    "matmul": "(..., n, k) @ (..., k, m): inner axes equal, axes before them broadcasting",
    "linear": "x (n, inputs), weight (outputs, inputs), bias (outputs,)",
}
BROADCASTING = "shapes that broadcast (aligned from the right, each axis equal or 1)"


def real_dtype(dtype: Any) -> np.dtype:
    """`dtype` as NumPy's; raises `TypeError` unless it is one of real numbers."""
    found = np.dtype(dtype)
    if found.kind not in "fiub":
        raise TypeError(f"a Tensor holds real numbers, not {found}")
    return found


def real(array: np.ndarray) -> np.ndarray:
    """`array` itself; raises `TypeError` unless it holds real numbers."""
    real_dtype(array.dtype)
    return array


def index(part: Any) -> Any:
    """One part of an index; where a graph is recorded, an array or list is copied."""
    if isinstance(part, list):
        array = np.array(part)
        return array if array.size else array.astype(np.intp)  # as NumPy takes an empty list
    if hasattr(part, "__array__") and not isinstance(part, np.generic):
        return np.array(part) if mode.recording else np.asarray(part)
    return part


def listed(values: tuple[Any, ...]) -> tuple[int, ...]:
    """`f(2, 3)`, `f((2, 3))` and `f([2, 3])` alike."""
    if len(values) == 1 and not isinstance(values[0], int | np.integer):
        values = tuple(values[0])
    return tuple(int(value) for value in values)


def explained(rule: Rule, arrays: list[Any], problem: Exception) -> Exception:
    """`problem` in words that name the operation, the shapes, and what it expects."""
    shapes = " and ".join(str(np.shape(array)) for array in arrays)
    kinds = (np.exceptions.AxisError, IndexError, ValueError, TypeError)
    kind = next(kind for kind in kinds if isinstance(problem, kind))
    expected = EXPECTED.get(rule.name, BROADCASTING)
    return kind(f"{rule.name} of {shapes}: {problem}; expected {expected}")
