"""The door from Python to `native/matmul`: NumPy arrays in, one C call, NumPy arrays out."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.core.native import library

_CALLS = {
    np.dtype(np.float32): "groundwork_matmul_f32",
    np.dtype(np.float64): "groundwork_matmul_f64",
}
_STATUS = {1: ValueError, 2: MemoryError, 3: RuntimeError}
_FROM_BUFFER: Any = ctypes.c_char.from_buffer
BLOCKS = ("tile", "mc", "kc", "nc")


def matmul(
    a: ArrayLike,
    b: ArrayLike,
    variant: str = "packed",
    threads: int = 1,
    *,
    alpha: float = 1.0,
    beta: float = 0.0,
    out: NDArray[Any] | None = None,
    blocks: dict[str, int] | None = None,
) -> NDArray[Any]:
    """alpha · a @ b + beta · out by one step of the ladder, in float32 or float64.

    `variant` is one of `variants()`. With `out`, the result is written (beta = 0) or accumulated
    there and `out` is returned; beta = 0 never reads it. `blocks` overrides block sizes (`tile`,
    `mc`, `kc`, `nc`; numbers of elements). `threads` counts for `packed`; the other steps use one.
    Any strides are taken: rows of contiguous elements are read where they lie, whatever the
    distance between rows; other views (transposed, every second column) are copied first.

    Shapes: a (M, K), b (K, N), result (M, N); zero is a size like any other.

    Raises `ValueError` for shapes that do not fit, an unknown variant, an `out` that overlaps an
    operand or is not a row-major array of the result's shape; `TypeError` for other dtypes.

    Source: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).

    Checked by: tests/matmul/test_products.py, against float64 products, within k · eps · |a||b|.
    """
    left = a if type(a) is np.ndarray else np.asarray(a)
    right = b if type(b) is np.ndarray else np.asarray(b)
    dtype = _common_dtype(left, right)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(
            f"a {left.shape} and b {right.shape} do not fit: matmul wants (M, K) and (K, N)"
        )
    m, n = left.shape[0], right.shape[1]
    if out is None:
        if beta != 0.0:
            raise ValueError("beta is not 0, but there is no out to add to")
        out = np.empty((m, n), dtype)
    else:
        _check_out(out, (m, n), dtype, left, right)
    left, right = _rows(left), _rows(right)
    _call(left, right, out, variant, threads, alpha, beta, blocks)
    return out


def variants() -> tuple[str, ...]:
    """The steps of the ladder, in order; a `_vectorised` twin is the same C++ text, built with the
    compiler's vectoriser for the instruction set in use."""
    return _names(_library().groundwork_matmul_variant)


def isas() -> tuple[str, ...]:
    """The instruction sets that this build and this processor have, best first."""
    return _names(_library().groundwork_matmul_available)


def isa() -> str:
    """The instruction set in use: `$GROUNDWORK_ISA` where set, else the best of `isas()`.

    Raises `ValueError` where `$GROUNDWORK_ISA` names one that is not available.
    """
    name = ctypes.c_char_p()
    _check(_library().groundwork_matmul_isa(ctypes.byref(name)))
    return (name.value or b"").decode()


def use_isa(name: str) -> None:
    """Use another instruction set from now on, in this process. Raises `ValueError`."""
    _check(_library().groundwork_matmul_use_isa(name.encode()))


def register_tile(dtype: Any = np.float32) -> tuple[int, int]:
    """Rows and columns of the piece of C that `packed` keeps in registers."""
    sizes = (ctypes.c_int64 * 2)()
    _check(_library().groundwork_matmul_tile(int(np.dtype(dtype) == np.float64), sizes))
    return sizes[0], sizes[1]


def compiler() -> str:
    """The compiler that built the library."""
    return str(_library().groundwork_matmul_compiler().decode())


def measure(function: str, *arguments: int) -> float:
    """One number from a measuring function of the library (see `groundwork.matmul.machine`)."""
    value = ctypes.c_double()
    words = [ctypes.c_int64(argument) for argument in arguments]
    _check(getattr(_library(), f"groundwork_matmul_{function}")(*words, ctypes.byref(value)))
    return value.value


@cache
def _library() -> ctypes.CDLL:
    """The shared library with its signatures declared."""
    loaded = library("matmul")
    size, pointer = ctypes.c_int64, ctypes.c_void_p
    for name, real in zip(_CALLS.values(), (ctypes.c_float, ctypes.c_double), strict=True):
        getattr(loaded, name).argtypes = [
            *(ctypes.c_char_p, size, size, size, real, pointer, size, pointer, size),
            *(real, pointer, size, pointer, ctypes.c_int),
        ]
    for text in ("matmul_variant", "matmul_available", "matmul_compiler", "last_error"):
        getattr(loaded, f"groundwork_{text}").restype = ctypes.c_char_p
    return loaded


@cache
def _function(dtype: np.dtype[Any]) -> Any:
    return getattr(_library(), _CALLS[dtype])


def _address(x: NDArray[Any]) -> int:
    """Where the elements begin; NumPy's own ways of saying it count in small products."""
    try:
        return ctypes.addressof(_FROM_BUFFER(x))  # a third of the time, where it is allowed
    except (TypeError, ValueError):  # read-only, empty, or rows apart
        return int(x.__array_interface__["data"][0])


def _common_dtype(left: NDArray[Any], right: NDArray[Any]) -> np.dtype[Any]:
    dtype = left.dtype
    if dtype != right.dtype or dtype not in _CALLS:
        raise TypeError(
            f"a is {dtype} and b is {right.dtype}: matmul wants both float32 or both float64"
        )
    return dtype


def _check_out(
    out: NDArray[Any], shape: tuple[int, int], dtype: np.dtype[Any], *operands: NDArray[Any]
) -> None:
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out must be a {dtype} array of shape {shape}")
    step = out.strides[0]
    if out.size and (
        not out.flags.writeable
        or (shape[1] > 1 and out.strides[1] != out.itemsize)
        or (shape[0] > 1 and (step < shape[1] * out.itemsize or step % out.itemsize))
    ):
        raise ValueError("out must be writeable, with each row's elements next to each other")
    if any(np.may_share_memory(out, operand) for operand in operands):
        raise ValueError("out overlaps an operand, which it would overwrite while it is read")


def _rows(x: NDArray[Any]) -> NDArray[Any]:
    """`x` itself if the elements of each row are next to each other, else a copy of which it holds."""
    if x.flags.c_contiguous and x.flags.aligned:
        return x
    fits = x.shape[1] <= 1 or x.strides[1] == x.itemsize
    whole = x.shape[0] <= 1 or x.strides[0] % x.itemsize == 0
    return x if fits and whole and x.flags.aligned else np.ascontiguousarray(x)


def _call(
    a: NDArray[Any],
    b: NDArray[Any],
    out: NDArray[Any],
    variant: str,
    threads: int,
    alpha: float,
    beta: float,
    blocks: dict[str, int] | None,
) -> None:
    sizes = None
    if blocks:
        if unknown := set(blocks) - set(BLOCKS):
            raise ValueError(f"blocks {sorted(unknown)}: known are {', '.join(BLOCKS)}")
        sizes = (ctypes.c_int64 * len(BLOCKS))(*(blocks.get(name, 0) for name in BLOCKS))
    (m, k), n = a.shape, b.shape[1]
    status = _function(out.dtype)(
        *(variant.encode(), m, n, k, alpha, _address(a), _leading(a)),
        *(_address(b), _leading(b), beta, _address(out), _leading(out)),
        *(sizes, threads),
    )
    if status:
        known = f"; known are {', '.join(variants())}" if variant not in variants() else ""
        raise _STATUS.get(status, RuntimeError)(_message() + known)


def _leading(x: NDArray[Any]) -> int:
    """Distance between rows in elements (an empty or one-row array's stride means nothing)."""
    return int(x.strides[0] // x.itemsize) if x.shape[0] > 1 and x.size else int(x.shape[1])


def _names(function: Any) -> tuple[str, ...]:
    names: list[str] = []
    while (name := function(len(names))) is not None:
        names.append(name.decode())
    return tuple(names)


def _check(status: int) -> None:
    if status:
        raise _STATUS.get(status, RuntimeError)(_message())


def _message() -> str:
    return str(_library().groundwork_last_error().decode())
