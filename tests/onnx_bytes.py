"""ONNX models written byte by byte, so that tests of the importer need no onnx package."""

from collections.abc import Sequence


def varint(value: int) -> bytes:
    """A whole number; negative ones in two's complement of 64 bits."""
    value %= 1 << 64
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | bytes | str) -> bytes:
    """One protocol-buffer field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def info(name: str, *shape: int | str | None, kind: int = 1) -> bytes:
    """A value's type and shape; a text is a symbol, None an open dimension without one."""
    dims = b"".join(
        field(1, b"" if d is None else field(1 if isinstance(d, int) else 2, d)) for d in shape
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def unshaped(name: str, of: int = 1, kind: int = 1) -> bytes:
    """A value of a type without a shape; `of` is the type's field (1 tensor, 4 sequence)."""
    return field(1, name) + field(2, field(of, field(1, kind)))


def node(
    op: str, inputs: Sequence[str], outputs: Sequence[str], bodies: Sequence[bytes] = ()
) -> bytes:
    """A node; bodies are attributes that hold one graph each."""
    words = [field(1, name) for name in inputs] + [field(2, name) for name in outputs]
    words += [field(4, op)] + [field(5, field(1, "body") + field(6, body)) for body in bodies]
    return b"".join(words)


def graph(
    nodes: Sequence[bytes],
    inputs: Sequence[bytes] = (),
    outputs: Sequence[bytes] = (),
    values: Sequence[bytes] = (),
    weights: Sequence[str] = (),
    sparse: Sequence[str] = (),
) -> bytes:
    """A graph of nodes, records of values, and names of weights."""
    rows = [field(1, n) for n in nodes] + [field(5, field(8, name)) for name in weights]
    rows += [field(15, field(1, field(8, name))) for name in sparse]
    rows += [field(11, i) for i in inputs] + [field(12, o) for o in outputs]
    return b"".join(rows + [field(13, v) for v in values])


def model(content: bytes) -> bytes:
    """A model of one graph."""
    return field(1, 8) + field(7, content)
