"""Numbers for the open dimensions of an imported model, by name."""

from collections.abc import Iterable, Mapping
from shlex import quote

from groundwork.scheduler.parse import GraphError


class Dims:
    """What a user gave for open dimensions, and the open dimensions that the model has.

    Raises `GraphError` for a size below zero; `check` does for a name that the model lacks.
    """

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        self.given = dict(given or {})
        self.known: dict[str, str] = {}
        for name, size in self.given.items():
            if size < 0:
                raise GraphError(f"dimension {name!r} cannot be {size}")

    def met(self, name: str, place: str = "") -> None:
        """Note that the model has this open dimension; `place` says where, in words."""
        self.known.setdefault(name, place)

    def check(self, more: Iterable[str] = ()) -> None:
        """Refuse a given name that is no open dimension of the model; `more` are names it had."""
        known = {**self.known, **dict.fromkeys(more, "")}
        for name in self.given:
            if name not in known:
                some = [f"{n!r} ({p})" if (p := known[n]) else repr(n) for n in list(known)[:8]]
                rest = f" and {len(known) - 8} more" if len(known) > 8 else ""
                open_ones = f"open are {', '.join(some)}{rest}" if some else "it has none"
                raise GraphError(f"the model has no open dimension {name!r}; {open_ones}")

    def unset(self, name: str) -> str:
        """In words, that a dimension is open and how to set it."""
        place = f" ({self.known[name]})" if self.known.get(name) else ""
        return f"dimension {name!r} is open; set it, as in --dim {quote(name + '=8')}{place}"
