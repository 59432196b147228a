"""`Tensor`: a NumPy array that remembers how it was computed.

Long because a Tensor's operators all belong to one class; each is a line or two that hands its
operands to `apply`.
"""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from groundwork.autograd import arguments, rules
from groundwork.autograd.arguments import explained, listed, real, real_dtype
from groundwork.autograd.elementwise import Functions
from groundwork.autograd.graph import Node, Spec, backpropagate, mode, run, set_grad
from groundwork.autograd.rules import Rule

Axis = int | tuple[int, ...] | None


def apply(rule: Rule, *operands: Any, **options: Any) -> "Tensor":
    """The Tensor that `rule` makes of Tensors and numbers, recorded if a derivative is wanted.

    Raises what NumPy raised (`ValueError`, `TypeError`, `IndexError`), naming the operation, the
    shapes, and what it expects.
    """
    arrays = [operand.data if isinstance(operand, Tensor) else operand for operand in operands]
    try:
        value = run("forward", rule, rule.forward, *arrays, **options)
    except (ValueError, TypeError, IndexError) as problem:
        raise explained(rule, arrays, problem) from None
    out = _wrapped(value)
    if rule.view and np.may_share_memory(value, arrays[0]):
        out._version = operands[0]._version  # a change of the base changes its views
    if mode.recording and rule.vjps:
        for operand in operands:
            if isinstance(operand, Tensor) and operand.requires_grad:
                _record(rule, operands, options, out)
                break
    if mode.tape is not None:
        mode.tape.note(rule, operands, out)
    return out


def _record(rule: Rule, operands: tuple[Any, ...], options: dict[str, Any], out: "Tensor") -> None:
    edges: list[Any] = []
    kept: list[Any] = []
    readings: list[int | None] = []
    for position, operand in enumerate(operands):
        edge = reading = None
        if isinstance(operand, Tensor):
            if operand.requires_grad:
                edge = operand._node or operand
            if position in rule.keeps:
                reading = operand._version[0]
            else:
                operand = Spec(operand._data.shape, operand._data.dtype)
        edges.append(edge)
        kept.append(operand)
        readings.append(reading)
    out._data.flags.writeable = False  # the graph remembers this value: changing it would lie
    out.requires_grad = True
    remembered = out._data if rule.keeps_out else None
    out._node = Node(rule, tuple(edges), tuple(kept), options, remembered, tuple(readings))


def _rewrap(node: Node) -> Any:
    """A node's kept result as the Tensor that it was, so that its derivative can be recorded."""
    if node.out is None:
        return None
    out = _wrapped(node.out)
    out.requires_grad, out._node = True, node
    return out


def _wrapped(value: Any) -> "Tensor":
    """A constant that shares the memory of an array of real numbers."""
    tensor = Tensor.__new__(Tensor)
    tensor._data = value if type(value) is np.ndarray else np.asarray(value)
    tensor.grad, tensor.requires_grad, tensor._node, tensor._version = None, False, None, [0]
    return tensor


def as_tensor(value: Any) -> "Tensor":
    """`value` itself if it is a Tensor, else a constant that shares the array's memory.

    Whoever changes that array before the backward pass says so by `mark_changed`. Raises as Tensor.
    """
    return value if isinstance(value, Tensor) else _wrapped(real(np.asarray(value)))


def constant(value: Any) -> "Tensor":
    """`value` itself if it is a Tensor, else a constant that later changes of it cannot reach.

    Where a graph is recorded, an array is copied: a derivative may read it in the backward pass.
    """
    if isinstance(value, Tensor):
        return value
    return _wrapped(real(np.array(value) if mode.recording else np.asarray(value)))


def _operand(value: Any) -> Any:
    """A Tensor or a plain number, which takes the dtype of what it meets."""
    if isinstance(value, Tensor) or type(value) in (int, float, bool):
        return value
    real_number = isinstance(value, np.integer | np.floating | np.bool_)
    return value.item() if real_number else constant(value)


class Tensor(Functions):
    """An array with a gradient.

    `Tensor(data, requires_grad=False)` copies `data` (`as_tensor` shares it) and keeps its dtype:
    float32 to train, float64 to check. `.grad` is None, or a Tensor that `backward` fills on the
    leaves, the Tensors that were not computed from others; further calls add to it.

    Raises `TypeError` for data that is not real numbers.
    Differs: integers that require a gradient become float64, where PyTorch refuses them;
    `transpose` and `T` follow NumPy.
    """

    __slots__ = ("__weakref__", "_data", "_node", "_version", "grad", "requires_grad")
    __array_ufunc__ = None  # `ndarray * Tensor` is ours to answer

    grad: "Tensor | None"

    def __init__(self, data: Any, requires_grad: bool = False, *, dtype: Any = None) -> None:
        given = real(np.asarray(data.data if isinstance(data, Tensor) else data))
        array = real(np.array(given, dtype=dtype, order="C"))
        if requires_grad and array.dtype.kind != "f":
            array = array.astype(np.float64)
        self._data = array
        self.grad, self.requires_grad = None, requires_grad
        self._node: Node | None = None
        self._version = [0]  # counts changes in place; shared with views

    apply = staticmethod(apply)

    # ---- the value -------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """The array itself. Assigning (`p.data -= step`) counts as a change in place.

        What is written past the Tensor (`p.data[0] = 1`) cannot be seen: call `mark_changed`.
        """
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        self._data = real(np.asarray(value))
        self.mark_changed()

    def mark_changed(self) -> None:
        """Tell graphs that used this value that it is another one now."""
        self._version[0] += 1

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def dtype(self) -> np.dtype:
        return self._data.dtype

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._data, dtype=dtype, copy=copy)

    def numpy(self) -> np.ndarray:
        """The array itself, as `data`: it shares the Tensor's memory."""
        return self._data

    def item(self) -> float:
        """The number in a Tensor of one entry."""
        return self._data.item()

    def detach(self) -> "Tensor":
        """The same values (and memory) as a constant."""
        constant = as_tensor(self._data.view())
        constant._version = self._version
        return constant

    def __repr__(self) -> str:
        text = np.array2string(self._data, separator=", ", prefix="Tensor(")
        made = f", made by {self._node.rule.name}" if self._node else ""
        leaf = ", requires_grad=True" if self.requires_grad and not self._node else ""
        return f"Tensor({text}, {self.dtype}{leaf}{made})"

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.ndim:
            raise TypeError("a Tensor without axes cannot be iterated")
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self._data.item())

    def __bool__(self) -> bool:
        return bool(self._data)

    # ---- gradients -------------------------------------------------------------------------

    def backward(self, grad: Any = None, create_graph: bool = False) -> None:
        """Add this Tensor's gradient to `.grad` of every leaf that it was computed from.

        `grad` is the gradient with respect to this Tensor, of its shape; it may be left out for
        a single number. The graph is freed on the way, unless `create_graph` records the walk
        itself, so that the gradients can be differentiated (that graph ties each leaf to its
        `.grad` in a circle: set `.grad = None` when done, or use `gradients`).

        Raises `RuntimeError` if nothing was recorded, the graph was freed, or an operand changed
        in place since; `ValueError` for a missing or misshapen `grad`.
        """
        for leaf, gradient in self._pull(grad, create_graph).items():
            leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient

    def _pull(
        self, grad: Any, create_graph: bool, wanted: Collection[Node] = ()
    ) -> "dict[Any, Tensor]":
        if not self.requires_grad:
            raise RuntimeError(
                f"backward() on a Tensor of shape {self.shape} that no operand with "
                "requires_grad=True led to (or that was computed under no_grad)"
            )
        with set_grad(create_graph):
            seed = self._seed(grad)
            if self._node is None:
                return {self: apply(rules.COPY, seed)}
            if create_graph:
                return backpropagate(self._node, seed, _rewrap, wanted)
            leaves = backpropagate(self._node, seed.data, wanted=wanted)
        return {leaf: _wrapped(gradient) for leaf, gradient in leaves.items()}

    def _seed(self, grad: Any) -> "Tensor":
        if grad is None:
            if self.size != 1:
                raise ValueError(
                    f"backward() on a Tensor of shape {self.shape} expects a gradient of that "
                    "shape; only a single number has an obvious one"
                )
            return _wrapped(np.ones(self.shape, self.dtype))
        seed = constant(grad)
        if seed.shape != self.shape:
            raise ValueError(
                f"backward() expects a gradient of shape {self.shape}, not {seed.shape}"
            )
        return seed if seed.dtype == self.dtype else seed.astype(self.dtype)

    # ---- operators -------------------------------------------------------------------------

    def __add__(self, other: Any) -> "Tensor":
        return apply(rules.ADD, self, _operand(other))

    def __sub__(self, other: Any) -> "Tensor":
        return apply(rules.SUBTRACT, self, _operand(other))

    def __mul__(self, other: Any) -> "Tensor":
        return apply(rules.MULTIPLY, self, _operand(other))

    def __truediv__(self, other: Any) -> "Tensor":
        return apply(rules.DIVIDE, self, _operand(other))

    def __pow__(self, other: Any) -> "Tensor":
        return apply(rules.POWER, self, _operand(other))

    def __matmul__(self, other: Any) -> "Tensor":
        return self.matmul(other)

    def __radd__(self, other: Any) -> "Tensor":
        return apply(rules.ADD, _operand(other), self)

    def __rsub__(self, other: Any) -> "Tensor":
        return apply(rules.SUBTRACT, _operand(other), self)

    def __rmul__(self, other: Any) -> "Tensor":
        return apply(rules.MULTIPLY, _operand(other), self)

    def __rtruediv__(self, other: Any) -> "Tensor":
        return apply(rules.DIVIDE, _operand(other), self)

    def __rpow__(self, other: Any) -> "Tensor":
        return apply(rules.POWER, _operand(other), self)

    def __rmatmul__(self, other: Any) -> "Tensor":
        return constant(other).matmul(self)

    def __neg__(self) -> "Tensor":
        return apply(rules.NEGATE, self)

    def __gt__(self, other: Any) -> "Tensor":
        return apply(rules.GREATER, self, _operand(other))

    def __ge__(self, other: Any) -> "Tensor":
        return apply(rules.GREATER_EQUAL, self, _operand(other))

    def __lt__(self, other: Any) -> "Tensor":
        return apply(rules.LESS, self, _operand(other))

    def __le__(self, other: Any) -> "Tensor":
        return apply(rules.LESS_EQUAL, self, _operand(other))

    def __eq__(self, other: Any) -> "Tensor":  # type: ignore[override]
        return apply(rules.EQUAL, self, _operand(other))

    def __ne__(self, other: Any) -> "Tensor":  # type: ignore[override]
        return apply(rules.NOT_EQUAL, self, _operand(other))

    __hash__ = object.__hash__  # by identity, although `==` compares entries, as arrays do

    # ---- reductions and shapes (NumPy's names and arguments) --------------------------------

    def sum(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        return apply(rules.SUM, self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        total = self.sum(axis, keepdims)
        return total / (self.size // max(total.size, 1))

    def max(self, axis: Axis = None, keepdims: bool = False) -> "Tensor":
        """The largest entry; entries that tie share its gradient equally."""
        return apply(rules.MAX, self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> "Tensor":
        return apply(rules.RESHAPE, self, shape=listed(shape))

    def transpose(self, *axes: Any) -> "Tensor":
        """The axes in the given order (NumPy's; reversed when none is given)."""
        given = bool(axes) and axes[0] is not None
        order = listed(axes) if given else range(self.ndim)[::-1]
        return apply(rules.TRANSPOSE, self, axes=tuple(order))

    def swapaxes(self, first: int, second: int) -> "Tensor":
        pair = normalize_axis_tuple((first, second), self.ndim, "swapaxes", allow_duplicate=True)
        order = list(range(self.ndim))
        order[pair[0]], order[pair[1]] = pair[1], pair[0]
        return self.transpose(order)

    @property
    def T(self) -> "Tensor":
        return self.transpose()

    def astype(self, dtype: Any) -> "Tensor":
        """The entries in another dtype; a cast to integers or booleans has no derivative."""
        kind = real_dtype(dtype)
        return apply(rules.CAST if kind.kind == "f" else rules.CAST_WHOLE, self, dtype=kind)

    def __getitem__(self, index: Any) -> "Tensor":
        plain = (
            tuple(map(arguments.index, index))
            if isinstance(index, tuple)
            else arguments.index(index)
        )
        return apply(rules.GETITEM, self, index=plain)

    def matmul(self, other: Any) -> "Tensor":
        """`self @ other` as NumPy has it: vectors get an axis and lose it, stacks broadcast."""
        a, b = self, constant(other)
        if a.ndim == 1 and b.ndim >= 1:
            product = a.reshape(1, -1).matmul(b)  # (1, k) @ (..., k, m) -> (..., 1, m)
            return (
                product.reshape(product.shape[:-2] + product.shape[-1:])
                if b.ndim > 1
                else product[0]
            )
        if b.ndim == 1 and a.ndim >= 2:
            product = apply(rules.MATMUL, a, b.reshape(-1, 1))  # (..., n, 1)
            return product.reshape(product.shape[:-1])
        if a.ndim > 2 and b.ndim == 2 and a.size:
            # one product of all rows: the weight's gradient is then one product too
            rows = apply(rules.MATMUL, a.reshape(-1, a.shape[-1]), b)  # (rows, m)
            return rows.reshape(a.shape[:-1] + b.shape[-1:])
        return apply(rules.MATMUL, a, b)
