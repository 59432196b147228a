"""Graphs of ONNX models, read from the protocol-buffer bytes themselves: no onnx package needed.

Source: onnx.proto (field numbers) and the Protocol Buffers encoding (varint, length-delimited).
"""

from collections.abc import Callable, Iterator, Mapping
from math import prod
from os import PathLike

from groundwork.scheduler import io
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.trace import Trace, Value

# Bits per element by TensorProto.DataType; the strings (8) have no fixed size and are refused.
_BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64}
_BITS |= {14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4}
VIEWS = frozenset(("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"))

Field = tuple[int, int | bytes]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise GraphError("not an ONNX model: a number is cut short")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[Field]:
    """(field number, number or bytes) of one protocol-buffer message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if wire == 2:
            length, at = _varint(data, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise GraphError(f"not an ONNX model: wire type {wire}")
        if at + length > len(data):
            raise GraphError("not an ONNX model: a field runs past its message")
        yield key >> 3, data[at : at + length]
        at += length


def _all(data: bytes, number: int) -> list[bytes]:
    return [value for key, value in _fields(data) if key == number and isinstance(value, bytes)]


def _text(data: bytes, number: int) -> str:
    found = _all(data, number)
    return found[0].decode("utf-8", "replace") if found else ""


def _number(data: bytes, number: int) -> int | None:
    return next((v for key, v in _fields(data) if key == number and isinstance(v, int)), None)


def _typed_bytes(name: str, kind: int | None, shape: list[int]) -> int:
    if kind not in _BITS:
        raise GraphError(f"value {name!r}: element type {kind} has no fixed size")
    return (prod(shape) * _BITS[kind] + 7) // 8


def _value_bytes(info: bytes, dims: Mapping[str, int]) -> int | str:
    """Bytes of a ValueInfoProto's tensor, or in words why they are not known."""
    name = _text(info, 1)
    for kind in _all(info, 2):
        for tensor in _all(kind, 1):
            shape: list[int] = []
            for dimension in (d for s in _all(tensor, 2) for d in _all(s, 1)):
                size, symbol = _number(dimension, 1), _text(dimension, 2)
                size = dims.get(symbol) if size is None else size
                if size is None:
                    return f"dimension {symbol or '?'!r} is open; set it, as in --dim {symbol or 'n'}=8"
                shape.append(size)
            return _typed_bytes(name, _number(tensor, 1), shape)
    return "the model does not say its shape; run ONNX shape inference first"


def of_onnx(data: bytes, dims: Mapping[str, int] | None = None) -> Graph:
    """The graph of a model's bytes; `dims` gives sizes to symbolic dimensions.

    Raises `GraphError` (a `ValueError`) for bytes that are no model, and names a value whose size
    is unknown. Weights (initializers) and constants are resident and take no part.
    """
    graphs = _all(data, 7)
    if len(graphs) != 1:
        raise GraphError("not an ONNX model: it holds no graph")
    graph, dims = graphs[0], dims or {}
    weights = {_text(tensor, 8) for tensor in _all(graph, 5)}
    infos = {_text(i, 1): i for number in (11, 12, 13) for i in _all(graph, number)}
    values: dict[str, Value | None] = dict.fromkeys(weights)
    trace = Trace()

    def size(name: str) -> int:
        known = _value_bytes(infos[name], dims) if name in infos else "nothing says its shape"
        if isinstance(known, str):
            raise GraphError(f"value {name!r}: {known}")
        return known

    for info in _all(graph, 11):
        if (name := _text(info, 1)) not in weights:
            values[name] = Value(trace.add(name, "input", [], [size(name)]))
    for node in _all(graph, 1):
        _enter(node, trace, values, size)
    for info in _all(graph, 12):
        if value := values.get(_text(info, 1)):
            trace.kept.add(value)
    return trace.graph()


def _enter(
    node: bytes, trace: Trace, values: dict[str, Value | None], size: Callable[[str], int]
) -> None:
    op = _text(node, 4)
    inputs = [name.decode("utf-8", "replace") for name in _all(node, 1) if name]
    outputs = [name.decode("utf-8", "replace") for name in _all(node, 2) if name]
    for name in inputs:
        if name not in values:
            raise GraphError(f"node {outputs[:1]}: its input {name!r} is made by no node before it")
    if op == "Constant":
        values.update(dict.fromkeys(outputs))
    elif op in VIEWS:
        values[outputs[0]] = values[inputs[0]]
    else:
        reads = [value for name in inputs if (value := values[name])]
        number = trace.add(outputs[0], op, reads, [size(name) for name in outputs])
        values.update({name: Value(number, part) for part, name in enumerate(outputs)})


def load_onnx(path: str | PathLike[str], dims: Mapping[str, int] | None = None) -> Graph:
    """The graph of an `.onnx` file."""
    return of_onnx(io.bytes_of(path), dims)
