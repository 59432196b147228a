"""Settings: what a step can be told, stated once in its script; everything else derives from it.

    class Settings(step.Settings):
        side: int = knob("Starts on a side of each map.", ge=10)
        epsilons: list[float] = knob("Distances within a pair.", unit="m", min_length=3)

The values lie in config.yaml, in the block `<room>.<step>`; a script holds no default. The schema
that a start of Snakemake checks them by and the guide's page are made from these classes
(`groundwork schemas`). Words, units and bounds are no part of a code closure.
"""

import difflib
import json
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class Settings(BaseModel):
    """Base of a step's settings, and of the blocks within them; its docstring describes the block.

    Frozen; unknown keys are refused and nothing is converted: True is no number, 12.0 no integer,
    NaN and infinity no float.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _entries(self) -> "Settings":
        for name, field in type(self).model_fields.items():
            more: Any = field.json_schema_extra or {}
            value = getattr(self, name)
            for entry in [rule["contains"]["const"] for rule in more.get("allOf", ())]:
                if entry not in value:
                    raise ValueError(f"{name}: given {value}; it must hold {entry}")
            if more.get("uniqueItems") and (twice := [e for e in value if value.count(e) > 1]):
                raise ValueError(f"{name}: given {value}; it holds {twice[0]} twice")
        return self


S = TypeVar("S", bound=Settings)


def knob(
    words: str, *, unit: str = "", holds: Sequence[Any] = (), unique: bool = False, **bounds: Any
) -> Any:
    """A setting: one line of words, its unit, and pydantic's bounds of its value or of its list.

    Bounds: `gt ge lt le multiple_of` of a number, `min_length max_length` of a list or a text,
    `pattern` of a text; a list `holds` certain entries, or each entry once. There is no default.
    """
    more: dict[str, Any] = {"unit": unit} if unit else {}
    if holds:
        more["allOf"] = [{"contains": {"const": entry}} for entry in holds]
    if unique:
        more["uniqueItems"] = True
    return Field(description=words, json_schema_extra=more or None, **bounds)


def bounded(kind: Any, **bounds: Any) -> Any:
    """The type of a list's entries with bounds of their own: `list[bounded(int, ge=2)]`."""
    return Annotated[kind, Field(**bounds)]


def build(kind: type[S], text: str) -> S:
    """The settings that a JSON text holds.

    Raises `ValueError` with a line per fault: the key, what was given, what is allowed.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as problem:
        raise ValueError("\n".join(_words(kind, fault) for fault in problem.errors())) from None


def _words(kind: type[Settings], fault: Any) -> str:
    *above, key = fault["loc"] or ("",)
    where = ".".join(map(str, ["settings", *fault["loc"]]))
    if fault["type"] == "missing":
        return f"{where}: missing"
    if fault["type"] == "extra_forbidden":
        known = list(_block(kind, above).model_fields)
        near = difflib.get_close_matches(str(key), known, n=1)
        return f"{where}: unknown key; " + (
            f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known) or 'none'}"
        )
    return f"{where}: given {json.dumps(fault['input'], default=str)}; {fault['msg']}"


def _block(kind: type[Settings], path: list[Any]) -> type[Settings]:
    """The class of a block within the settings, as far as it can be told; lists are looked through."""
    for key in path:
        field = kind.model_fields.get(key) if isinstance(key, str) else None
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
        kind = next((t for t in inner if isinstance(t, type) and issubclass(t, Settings)), kind)
    return kind
