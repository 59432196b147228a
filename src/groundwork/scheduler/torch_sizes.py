"""Bytes of the tensors of an exported program, its symbolic sizes set to numbers."""

from collections.abc import Mapping
from typing import Any

import torch
from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols
from torch.utils._pytree import tree_leaves

from groundwork.scheduler.dims import Dims
from groundwork.scheduler.parse import GraphError


class Sizes:
    """Numbers for symbolic sizes; `ranges` are those that the program was exported for."""

    def __init__(self, dims: Dims | None = None, ranges: Mapping[Any, Any] | None = None) -> None:
        self.dims = dims or Dims()
        self.ranges = {str(symbol): reach for symbol, reach in (ranges or {}).items()}

    def learn(self, module: torch.fx.GraphModule) -> None:
        """Note the open dimensions of a program and of its bodies; refuse names it lacks."""
        graphs = [m.graph for m in module.modules() if isinstance(m, torch.fx.GraphModule)]
        for node in (node for graph in graphs for node in graph.nodes):
            for value in tree_leaves(node.meta.get("val")):
                shape = value.shape if isinstance(value, torch.Tensor) else [value]
                for axis, size in enumerate(shape):
                    for symbol in symbols(size):
                        self.dims.met(str(symbol), _place(node, axis, size))
        self.dims.check()

    def number(self, size: Any) -> int:
        """A size as a number; `GraphError` where it is open, or outside the program's range."""
        if not isinstance(size, torch.SymInt):
            return int(size)
        expression = size.node.expr
        found = expression.xreplace({s: self._given(str(s)) for s in expression.free_symbols})
        if not found.is_number or int(found) != found or found < 0:
            raise GraphError(f"size {expression} would be {found}; choose other dimensions")
        return int(found)

    def _given(self, name: str) -> Any:
        import sympy  # PyTorch's own sizes are made of it

        if name not in self.dims.given:
            raise GraphError(self.dims.unset(name))
        size, reach = self.dims.given[name], self.ranges.get(name)
        if reach is not None and not reach.lower <= size <= reach.upper:
            most = f"to {reach.upper}" if reach.upper.is_Integer else "up"
            raise GraphError(f"dimension {name!r} must be {reach.lower} {most}, not {size}")
        return sympy.Integer(size)

    def shape(self, tensor: torch.Tensor) -> list[int]:
        """A tensor's shape in numbers."""
        return [self.number(size) for size in tensor.shape]

    def bytes(self, value: Any, name: str) -> int:
        """Bytes of the tensor of that name, as if it were contiguous; 0 of a plain number."""
        if not isinstance(value, torch.Tensor):
            return 0
        if value.layout != torch.strided:
            raise GraphError(f"value {name!r}: layout {value.layout} has no fixed size")
        total = value.element_size()
        for size in self.shape(value):
            total *= size
        return total

    def like(self, value: Any) -> Any:
        """A tensor without data of the same shape, strides, type and device; numbers as they are.

        Made inside a `FakeTensorMode`.
        """
        if isinstance(value, torch.SymInt):
            return self.number(value)
        if not isinstance(value, torch.Tensor):
            return value
        strides = [self.number(stride) for stride in value.stride()]
        shape = self.shape(value)
        found = torch.empty_strided(shape, strides, dtype=value.dtype, device=value.device)
        found = found.conj() if value.is_conj() else found
        return torch._neg_view(found) if value.is_neg() else found


def symbols(size: Any) -> set[Any]:
    """The symbols of which a size is made; none of a plain number."""
    return size.node.expr.free_symbols if isinstance(size, torch.SymInt) else set()


def depends_on_data(value: Any) -> bool:
    """Whether a number is known only once the program runs."""
    symbolic = isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool))
    return symbolic and bool(free_unbacked_symbols(value))


def _place(node: torch.fx.Node, axis: int, size: Any) -> str:
    if node.op == "placeholder":
        return f"axis {axis} of input {node.name!r}"
    most = ", known only from data: give the most that it can be" if depends_on_data(size) else ""
    return f"a size of {node.name!r}{most}"
