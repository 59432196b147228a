"""Arrays that a caller passes: real numbers of one shape, and a scale at which squares are safe."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class NotRealError(TypeError, ValueError):
    """Numbers that are not real: for NumPy's users a matter of type, for scikit-learn's of value."""


def real(x: Any, name: str) -> Array:
    """`x` as float64; raises `NotRealError` for complex numbers, which a cast makes real in silence."""
    if hasattr(x, "toarray"):
        raise TypeError(f"{name} is a sparse matrix, which is not supported: pass its .toarray()")
    array = np.asarray(x)
    if any(map(np.iscomplexobj, array.flat if array.dtype.kind == "O" else [array])):
        raise NotRealError(
            f"Complex data not supported: {name} holds complex numbers; "
            "pass real ones (its .real, or its abs)"
        )
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{name} holds {array.dtype}, not real numbers")
    return np.asarray(array, dtype=np.float64)


def points(x: Any, name: str = "x", *, features: int | None = None) -> Array:
    """`x` as (n, d) float64; a vector is n points of one feature.

    Raises: as `real`; `ValueError` for other shapes or `features`, or values that are not finite.
    """
    found = real(x, name)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2:
        raise ValueError(f"{name} must have one or two axes, (n,) or (n, d), not {found.shape}")
    if features is not None and found.shape[1] != features:
        raise ValueError(f"{name} has {found.shape[1]} features, where {features} were expected")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds a value that is not finite (NaN or inf)")
    return found


def power_of_two(*arrays: Any) -> float:
    """The power of two at or below the largest |entry| of all `arrays`; 1 where there is none.

    Dividing by it is exact and brings entries to size 1, where squares neither overflow nor vanish.
    """
    largest = 0.0
    for array in arrays:
        parts = (array.real, array.imag) if np.iscomplexobj(array) else (array,)  # |z| may overflow
        largest = max(largest, *(float(np.max(np.abs(part), initial=0.0)) for part in parts))
    return float(2.0 ** (np.frexp(largest)[1] - 1)) if 0 < largest < np.inf else 1.0
