"""Settings: a block of config.yaml made into a step's frozen dataclass, strictly."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def canonical(values: Any) -> str:
    """The one JSON text of `values`: sorted keys, no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(values: Any) -> str:
    """A short hash of a settings block (16 hexadecimal digits)."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()[:16]


def build(kind: type[T], values: dict[str, Any], where: str = "settings") -> T:
    """`kind(**values)`, refusing unknown, missing and mistyped keys by name (`ValueError`)."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is not a dataclass")
    if not isinstance(values, dict):
        raise ValueError(f"{where}: expected an object, got {values!r}")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    for name in values:
        if name not in names:
            raise ValueError(f"{where}.{name}: unknown key; allowed: {', '.join(names)}")
    for name in names:
        if name not in values:
            raise ValueError(f"{where}.{name}: missing")
    return kind(**{n: _convert(hints[n], values[n], f"{where}.{n}") for n in names})


def _convert(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Union or str(origin) == "<class 'types.UnionType'>":
        for option in inner:
            try:
                return (
                    None
                    if option is type(None) and value is None
                    else _convert(option, value, where)
                )
            except ValueError:
                continue
        raise ValueError(f"{where}: expected {hint}, got {value!r}")
    if origin in (list, tuple) and isinstance(value, list):
        return [_convert(inner[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: _convert(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = origin or hint
    fits = isinstance(plain, type) and isinstance(value, plain)
    if fits and not (isinstance(value, bool) and plain is not bool):  # True is no number here
        return value
    raise ValueError(f"{where}: expected {getattr(hint, '__name__', hint)}, got {value!r}")
