"""Protocol-buffer messages, read from their bytes: no schema, no generated code.

Source: the Protocol Buffers encoding (varint, length-delimited).
"""

from collections.abc import Mapping

from groundwork.scheduler.parse import GraphError

Message = Mapping[int, list[int | memoryview]]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise GraphError("not an ONNX model: a number is cut short")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def message(data: bytes | memoryview) -> Message:
    """Field number -> its numbers and byte ranges, in order. Raises `GraphError`."""
    data, at = memoryview(data), 0
    found: dict[int, list[int | memoryview]] = {}
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            found.setdefault(key >> 3, []).append(value)
            continue
        if wire == 2:
            length, at = _varint(data, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise GraphError(f"not an ONNX model: wire type {wire}")
        if at + length > len(data):
            raise GraphError("not an ONNX model: a field runs past its message")
        found.setdefault(key >> 3, []).append(data[at : at + length])
        at += length
    return found


def parts(source: Message, number: int) -> list[Message]:
    """The messages in a field."""
    return [message(v) for v in source.get(number, ()) if isinstance(v, memoryview)]


def texts(source: Message, number: int) -> list[str]:
    """The texts in a field; bytes that are no UTF-8 are shown, so that names stay different."""
    found = (v for v in source.get(number, ()) if isinstance(v, memoryview))
    return [bytes(v).decode("utf-8", "backslashreplace") for v in found]


def text(source: Message, number: int) -> str:
    """The text in a field; empty where there is none."""
    return next(iter(texts(source, number)), "")


def number(source: Message, field: int) -> int | None:
    """The number in a field, signed; None where there is none."""
    found = next((v for v in source.get(field, ()) if isinstance(v, int)), None)
    return found if found is None or found < 1 << 63 else found - (1 << 64)
