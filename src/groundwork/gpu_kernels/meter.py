"""What a kernel reads, writes and multiplies, counted while it runs in the interpreter.

Every load, store and product passes through one object there, so the counts are exact: bytes of
unmasked lanes, and two flops for each multiply-add. What a cache would spare is not known to it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from groundwork.gpu_kernels.backend import INTERPRETED


@dataclass
class Meter:
    """Bytes read and written, and flops of matrix products, so far."""

    read: int = 0
    written: int = 0
    flops: int = 0


@contextmanager
def counting(*, tf32: bool = False) -> Iterator[Meter]:
    """Count within the block; with `tf32`, also cut float32 operands of products to TF32.

    Raises `RuntimeError` where kernels are not interpreted.
    """
    if not INTERPRETED:
        raise RuntimeError("kernels are counted in the interpreter: set TRITON_INTERPRET=1")
    from triton.runtime.interpreter import InterpreterBuilder as Builder

    meter = Meter()
    load, store, dot = Builder.create_masked_load, Builder.create_masked_store, Builder.create_dot

    def counted_load(self: Any, place: Any, mask: Any, *rest: Any) -> Any:
        meter.read += int(mask.data.sum()) * place.dtype.scalar.element_ty.primitive_bitwidth // 8
        return load(self, place, mask, *rest)

    def counted_store(self: Any, place: Any, value: Any, mask: Any, *rest: Any) -> Any:
        meter.written += int(mask.data.sum()) * value.data.dtype.itemsize
        return store(self, place, value, mask, *rest)

    def counted_dot(self: Any, a: Any, b: Any, *rest: Any) -> Any:
        meter.flops += 2 * a.data.shape[0] * a.data.shape[1] * b.data.shape[1]
        return dot(self, _rounded(a), _rounded(b), *rest) if tf32 else dot(self, a, b, *rest)

    Builder.create_masked_load, Builder.create_masked_store = counted_load, counted_store
    Builder.create_dot = counted_dot
    try:
        yield meter
    finally:
        Builder.create_masked_load, Builder.create_masked_store = load, store
        Builder.create_dot = dot


def _rounded(handle: Any) -> Any:
    """A float32 operand with 10 fraction bits, as tensor cores take it; others as they are."""
    import numpy as np
    from triton.runtime.interpreter import TensorHandle

    if handle.data.dtype != np.float32:
        return handle
    bits = handle.data.view(np.uint32)
    rounded = (bits + np.uint32(0x1000)) & np.uint32(0xFFFFE000)  # to nearest, ties away from zero
    return TensorHandle(rounded.view(np.float32), handle.dtype)
