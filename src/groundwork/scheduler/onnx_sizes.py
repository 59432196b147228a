"""Bytes of the values of an ONNX model, from its type and shape records and given dimensions.

Source: onnx.proto (field numbers), and for shape inference the onnx package.
"""

import ast
import importlib
import operator
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any

from groundwork.scheduler.dims import Dims
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.protobuf import Message, message, number, parts, text

# Bits per element by TensorProto.DataType; texts (8) have no fixed size and are refused.
_BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64}
_BITS |= {14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8}
_BITS |= {25: 2, 26: 2}
_KINDS = {4: "a sequence", 5: "a map", 7: "an opaque value", 8: "a sparse tensor", 9: "optional"}
EXTRA = "needs the onnx package: pip install 'groundwork[onnx]'"
_UNSHAPED = "nothing says its shape"

_SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.floordiv,
    ast.Mod: operator.mod,
}


class Shapes:
    """What a model says of its values' shapes; `advice` is added where it says nothing."""

    def __init__(self, dims: Dims, advice: str) -> None:
        self.dims, self.advice = dims, advice

    def learn(self, graph: Message) -> None:
        """Note the open dimensions of a graph's values and of the bodies in it."""
        for name, info in records(graph).items():
            for axis, (size, symbol) in enumerate(_dimensions(info) or ()):
                if size is None:
                    self.dims.met(symbol or f"{name}:{axis}", f"axis {axis} of {name!r}")
                    for part in _names(symbol):
                        self.dims.met(part, f"axis {axis} of {name!r}")
        for body in (body for node in parts(graph, 1) for body in bodies(node)):
            self.learn(body)

    def bytes(self, name: str, infos: Mapping[str, Message]) -> int:
        """Bytes of a value; `GraphError` says why they are not known and what to do."""
        info = infos.get(name)
        kind = next((k for k in _KINDS if info and k in next(iter(parts(info, 2)), {})), None)
        if kind is not None:
            raise GraphError(f"value {name!r}: it is {_KINDS[kind]}, which has no fixed size")
        found = _dimensions(info) if info else None
        if found is None:
            raise GraphError(f"value {name!r}: {_UNSHAPED}; {self.advice}")
        shape = [
            self._size(symbol or f"{name}:{axis}") if size is None else size
            for axis, (size, symbol) in enumerate(found)
        ]
        element = number(_tensor(info), 1)  # type: ignore[arg-type]
        if element not in _BITS:
            words = "texts" if element == 8 else f"of type {element}"
            raise GraphError(f"value {name!r}: its elements are {words}, without a fixed size")
        return (prod(shape) * _BITS[element] + 7) // 8

    def _size(self, symbol: str) -> int:
        given = self.dims.given
        if symbol in given:
            return given[symbol]
        try:
            found = _computed(ast.parse(symbol, mode="eval").body, given)
        except (KeyError, SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
            raise GraphError(self.dims.unset(symbol)) from None
        if found < 0:
            raise GraphError(f"dimension {symbol!r} would be {found}; choose other dimensions")
        return found


def records(graph: Message) -> dict[str, Message]:
    """The type and shape record of each value of a graph that has one."""
    found: dict[str, Message] = {}
    for field in (11, 12, 13):
        for info in parts(graph, field):
            if (name := text(info, 1)) not in found or _dimensions(found[name]) is None:
                found[name] = info
    return found


def bodies(node: Message) -> Iterator[Message]:
    """The graphs among a node's attributes: branches of If, bodies of loops."""
    for attribute in parts(node, 5):
        yield from parts(attribute, 6)
        yield from parts(attribute, 11)


def _tensor(info: Message) -> Message:
    return next((t for kind in parts(info, 2) for t in parts(kind, 1)), {})


def _dimensions(info: Message) -> list[tuple[int | None, str]] | None:
    """(size, symbol) of each dimension; None where the rank is unknown, which is no scalar."""
    shapes = parts(_tensor(info), 2)
    if not shapes:
        return None
    found: list[tuple[int | None, str]] = []
    for dimension in (d for shape in shapes for d in parts(shape, 1)):
        size = number(dimension, 1)
        found.append((size if size is not None and size >= 0 else None, text(dimension, 2)))
    return found


def _names(symbol: str) -> set[str]:
    """Names in a dimension that is written as a sum, such as `past + 2*heads`."""
    try:
        tree = ast.parse(symbol, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _computed(tree: ast.expr, given: Mapping[str, int]) -> int:
    if isinstance(tree, ast.Constant) and type(tree.value) is int:
        return tree.value
    if isinstance(tree, ast.Name):
        return given[tree.id]
    if isinstance(tree, ast.BinOp) and type(tree.op) in _SUMS:
        sides = _computed(tree.left, given), _computed(tree.right, given)
        return int(_SUMS[type(tree.op)](*sides))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_computed(tree.operand, given)
    raise ValueError("no sum")


def inferred(data: bytes, dims: Mapping[str, int]) -> bytes:
    """The model with the shapes that the onnx package infers, functions written out.

    Dimensions of inputs that are given are set before, so that what follows from them is a number.
    Raises `GraphError` where the package is missing or finds a fault.
    """
    try:
        onnx: Any = importlib.import_module("onnx")
        for part in ("inliner", "shape_inference"):
            importlib.import_module(f"onnx.{part}")
    except ImportError:
        raise GraphError(f"--infer-shapes {EXTRA}") from None
    try:
        model = onnx.load_model_from_string(data)
        for info in model.graph.input:
            for axis, dimension in enumerate(info.type.tensor_type.shape.dim):
                name = dimension.dim_param or f"{info.name}:{axis}"
                if dimension.WhichOneof("value") != "dim_value" and name in dims:
                    dimension.dim_value = dims[name]
        model = onnx.inliner.inline_local_functions(model)
        found = onnx.shape_inference.infer_shapes(model, data_prop=True)
        return bytes(found.SerializeToString())
    except Exception as problem:  # of the C++ checker, the parser, the inference of one operator
        words = " ".join(str(problem).split()) or type(problem).__name__
        raise GraphError(f"shape inference failed: {words[:300]}") from None


def opened(data: bytes) -> Message:
    """The one graph of a model's bytes."""
    graphs = parts(message(data), 7)
    if len(graphs) != 1:
        raise GraphError("not an ONNX model: it holds no graph")
    return graphs[0]
