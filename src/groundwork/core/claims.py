"""Claims: the only way in which a number gets from a step into prose."""

import math
from typing import Any, Literal, TypedDict, get_args

from groundwork.core.timing import Summary

Kind = Literal["exact", "measured", "simulated", "interpreted", "recorded"]

# How many times its value a claim may be in another run on the same machine, whatever its spread:
# a shared machine's speed moves from hour to hour more than between the rounds of a minute,
# allocators round up, and caches are simulated at addresses that differ.
TIME_LEEWAY, MEMORY_LEEWAY, SIMULATED_LEEWAY = 2.0, 1.05, 1.02
TIME_UNITS = ("min", "s", "ms", "µs", "ns", "GFLOPS", "TFLOPS", "GB/s", "tokens/s")
MEMORY_UNITS = ("GB", "MB", "MiB", "KiB", "B")


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


def measured(found: Summary, unit: str = "×") -> Claim:
    """A claim of what the rounds of one run say of a quantity."""
    return claim(found.value, unit, n=found.n, spread=found.spread)


def leeway(found: Claim) -> float:
    """How many times this claim's value another run's may be, or the inverse; 1 for no leeway."""
    if found["kind"] == "exact":
        return 1.0
    if found["unit"] in TIME_UNITS:
        return TIME_LEEWAY
    if found["unit"] in MEMORY_UNITS:
        return MEMORY_LEEWAY
    return SIMULATED_LEEWAY if found["kind"] == "simulated" else 1.0
