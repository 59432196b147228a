"""Claims: the only way in which a number gets from a step into prose."""

import math
from typing import Any, Literal, TypedDict, get_args

Kind = Literal["exact", "measured", "simulated", "interpreted", "recorded"]


class Claim(TypedDict):
    """One number (or short text) that a document may show."""

    value: float | int | str
    unit: str
    kind: Kind
    n: int
    spread: list[float] | None


def claim(
    value: Any,
    unit: str = "",
    kind: Kind = "measured",
    *,
    n: int = 1,
    spread: Any = None,
) -> Claim:
    """A checked claim.

    `kind`: `exact` is reproduced bit for bit by a rerun with the same settings (a count, a seeded
    and rounded result); `measured` varies with the machine; `simulated` came from a simulator (a
    cache model); `interpreted` ran in an interpreter (Triton on a CPU); `recorded` was measured
    elsewhere. `n` counts seeds, repeats or cases; `spread` is the (low, high) pair over them,
    and is dropped where there is only one.
    `unit` is shown behind the value ("%", "×", "s", "GB/s"); empty for a pure number.

    Raises `ValueError` for an unknown kind, a number that is not finite, or a malformed spread.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"claim kind {kind!r} is none of {', '.join(get_args(Kind))}")
    plain = value.item() if hasattr(value, "item") else value
    if not isinstance(plain, (int, float, str)):
        raise ValueError(f"a claim's value is a number or a text, not {type(plain).__name__}")
    if isinstance(plain, float) and not math.isfinite(plain):
        raise ValueError("a claim's value must be finite")
    if n < 1:
        raise ValueError(f"a claim rests on n >= 1 cases, not {n}")
    limits = None if spread is None else [float(limit) for limit in spread]
    if limits is not None and not (len(limits) == 2 and limits[0] <= limits[1]):
        raise ValueError(f"a spread is a (low, high) pair, not {spread!r}")
    shown = limits if n > 1 else None
    return {"value": plain, "unit": unit, "kind": kind, "n": int(n), "spread": shown}
