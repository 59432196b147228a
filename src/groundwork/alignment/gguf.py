"""GGUF files: header, metadata and tensors, dequantised to float32.

Axis letters: N numbers of a tensor, K blocks of 32 of them.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 32  # numbers that share one scale, in both block formats
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
STRING, ARRAY = 8, 9
VERSIONS = (2, 3)


class BadFile(ValueError):
    """A file that is no GGUF, is cut short, or holds a format that is not read here."""


def q4_1(raw: np.ndarray) -> np.ndarray:
    """x = d · q + m: one float16 scale and minimum a block, q in 0..15.

    The first 16 numbers lie in the low halves of the bytes, the last 16 in the high halves.
    Shapes: raw (K, 20) uint8 to (K, 32) float32.
    """
    scale = raw[:, :2].view(np.float16).astype(np.float32)  # (K, 1)
    minimum = raw[:, 2:4].view(np.float16).astype(np.float32)  # (K, 1)
    halves = raw[:, 4:]  # (K, 16)
    numbers = np.empty((len(raw), BLOCK), np.float32)
    np.multiply(halves & 15, scale, out=numbers[:, :16], dtype=np.float32)
    np.multiply(halves >> 4, scale, out=numbers[:, 16:], dtype=np.float32)
    numbers += minimum
    return numbers  # (K, 32)


def q8_0(raw: np.ndarray) -> np.ndarray:
    """x = d · q: one float16 scale a block, q a signed byte.

    Shapes: raw (K, 34) uint8 to (K, 32) float32.
    """
    scale = raw[:, :2].view(np.float16).astype(np.float32)  # (K, 1)
    return np.multiply(raw[:, 2:].view(np.int8), scale, dtype=np.float32)


def encode_q8_0(numbers: np.ndarray) -> np.ndarray:
    """Numbers packed to bytes as `q8_0` reads them, d = max |x| / 127: (32 K,) to (34 K,) uint8."""
    blocks = numbers.astype(np.float32).reshape(-1, BLOCK)  # (K, 32)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 127).astype(np.float16)  # (K, 1)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)
    quants = np.rint(blocks / divisor).clip(-127, 127).astype(np.int8)
    return np.concatenate([scale.view(np.uint8), quants.view(np.uint8)], axis=1).ravel()


# The type's number: its name, bytes a block, numbers a block, and what decodes blocks.
FORMATS: dict[int, tuple[str, int, int, Callable[[np.ndarray], np.ndarray]]] = {
    0: ("F32", 4, 1, lambda raw: raw.view(np.float32)),
    3: ("Q4_1", 20, BLOCK, q4_1),
    8: ("Q8_0", 34, BLOCK, q8_0),
}


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies: its shape (rows first), its format, its bytes in the file."""

    shape: tuple[int, ...]
    format: str
    offset: int
    blocks: int
    kind: int


class GGUF:
    """A GGUF file, memory-mapped: `metadata`, `tensors`, and `read(name)` for their numbers.

    The header gives shapes with the fastest axis first; here they are reversed into NumPy's order.
    Raises: `BadFile` for a file that is cut, is none, or holds a format that is not read here.
    Source: "GGUF" specification (ggml-org/ggml, docs/gguf.md), version 3; block formats of
    ggml-quants.
    Checked by: tests/alignment/test_gguf.py (the `gguf` package, to the bit).
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if self.path.stat().st_size < 24:
            raise BadFile(f"{self.path.name} is cut short: a GGUF header alone has 24 bytes")
        self._bytes = np.memmap(self.path, dtype=np.uint8, mode="r")
        self._at = 0
        if bytes(self._bytes[:4]) != b"GGUF":
            raise BadFile(f"{self.path.name} is no GGUF file: it begins {bytes(self._bytes[:4])!r}")
        self._at = 4
        version = self._scalar("I")
        if version not in VERSIONS:
            raise BadFile(f"{self.path.name} is GGUF version {version}; read are {VERSIONS}")
        tensors, entries = self._scalar("Q"), self._scalar("Q")
        self.metadata: dict[str, Any] = {}
        for _ in range(entries):
            name = self._string()
            self.metadata[name] = self._value(self._scalar("I"))
        described = [self._describe() for _ in range(tensors)]
        step = self.metadata.get("general.alignment", 32)
        start = -(-self._at // step) * step
        self.tensors = {
            name: self._place(name, shape, kind, start + offset)
            for name, shape, kind, offset in described
        }

    def raw(self, name: str) -> tuple[np.ndarray, Tensor]:
        """A tensor's bytes as they lie in the file, and what they are."""
        tensor = self.tensors[name]
        size = FORMATS[tensor.kind][1]
        return self._bytes[tensor.offset : tensor.offset + tensor.blocks * size], tensor

    def read(self, name: str) -> np.ndarray:
        """The numbers of a tensor, float32, of its shape."""
        raw, tensor = self.raw(name)
        _, size, _, decode = FORMATS[tensor.kind]
        return decode(np.array(raw).reshape(-1, size)).reshape(tensor.shape)

    def _describe(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        axes = self._scalar("I")
        shape = tuple(self._scalar("Q") for _ in range(axes))[::-1]
        return name, shape, self._scalar("I"), self._scalar("Q")

    def _place(self, name: str, shape: tuple[int, ...], kind: int, offset: int) -> Tensor:
        if kind not in FORMATS:
            read = ", ".join(entry[0] for entry in FORMATS.values())
            raise BadFile(
                f"{self.path.name}: tensor {name} has the quantisation number {kind}; read are {read}"
            )
        label, size, group, _ = FORMATS[kind]
        blocks = int(np.prod(shape)) // group
        end = offset + blocks * size
        if end > len(self._bytes):
            raise BadFile(
                f"{self.path.name} is cut short: tensor {name} ends at byte {end}, "
                f"the file at {len(self._bytes)}"
            )
        return Tensor(shape, label, offset, blocks, kind)

    def _take(self, size: int) -> bytes:
        part = self._bytes[self._at : self._at + size]
        if len(part) < size:
            raise BadFile(f"{self.path.name} is cut short, inside its header")
        self._at += size
        return part.tobytes()

    def _scalar(self, code: str) -> Any:
        return struct.unpack("<" + code, self._take(struct.calcsize("<" + code)))[0]

    def _string(self) -> str:
        return self._take(self._scalar("Q")).decode("utf-8")

    def _value(self, kind: int) -> Any:
        if kind == STRING:
            return self._string()
        if kind == ARRAY:
            inner, length = self._scalar("I"), self._scalar("Q")
            return [self._value(inner) for _ in range(length)]
        if kind not in SCALARS:
            raise BadFile(f"{self.path.name}: metadata of the unknown type {kind}")
        return self._scalar(SCALARS[kind])
