"""Triton, or one sentence on why it is not here; whether kernels run in its interpreter.

`TRITON_INTERPRET=1`, set before Triton is first imported, makes every kernel run in NumPy on the
CPU: a check of its arithmetic and of its masks, never of its speed. Where Triton has no build
(macOS, Windows) the room can still be imported, and its functions raise `ABSENT` when called.
"""

import platform
from typing import Any

ABSENT = (
    f"Triton is not installed here ({platform.system()} on {platform.machine()}), so the kernels "
    "of this room cannot run. It is built for Linux (pip install triton); on other systems the "
    "room's plain twins in reference.py compute the same"
)


class _Absent:
    """Stands for Triton where there is none: decorates and is decorated, and never computes."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: ARG002
        return self


try:
    import triton
    import triton.language as tl

    AVAILABLE = True
except ModuleNotFoundError:
    triton = tl = _Absent()
    AVAILABLE = False


@triton.jit
def _nothing() -> None:
    pass


INTERPRETED = AVAILABLE and not isinstance(_nothing, triton.JITFunction)


def _widened(handle: Any) -> Any:
    """A bfloat16 operand as the float32 numbers that it stands for."""
    import numpy as np
    from triton.runtime.interpreter import TensorHandle

    if handle.dtype.scalar != tl.bfloat16:
        return handle
    bits = handle.data.astype(np.uint32) << np.uint32(16)
    return TensorHandle(bits.view(np.float32), tl.float32)


def repair_interpreter() -> None:
    """Let the interpreter multiply bfloat16 matrices.

    From 3.6 to 3.9 it keeps them as their bit patterns and multiplies those as integers, without
    a word. Products of bfloat16 numbers are exact in float32, which is also what a GPU sums in.
    """
    from triton.runtime.interpreter import InterpreterBuilder

    plain = InterpreterBuilder.create_dot
    if getattr(plain, "widens", False):
        return

    def create_dot(self: Any, a: Any, b: Any, *rest: Any) -> Any:
        return plain(self, _widened(a), _widened(b), *rest)

    create_dot.widens = True  # type: ignore[attr-defined]
    InterpreterBuilder.create_dot = create_dot


if INTERPRETED:
    repair_interpreter()
