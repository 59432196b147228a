"""Results: the JSON that a step writes beside its outputs, written and read in this one place.

It holds `claims` and `provenance`; of the latter, `code` is the digest of the code closure,
`settings` the settings themselves, and `seal` the checksums of all that the step wrote: a result
that was edited by hand, cut short or mixed from two runs would else carry the name of a rule and a
commit that did not make it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from groundwork.core.atomic import write_json
from groundwork.core.provenance import sha256


class NoResult(ValueError):
    """A JSON file that no step wrote as its result."""


class Tree(Protocol):
    """What a checkout would make a result with."""

    def code(self, script: str) -> str:
        """The digest of a script's closure; empty where there is no such script."""

    def settings(self, script: str) -> Any:
        """The settings block of a step's script."""


def canonical(values: Any) -> str:
    """The one JSON text of `values`: sorted keys, no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(values: Any) -> str:
    """A short hash of what `canonical` writes (16 hexadecimal digits)."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Result:
    """One result file."""

    path: Path
    claims: Mapping[str, Any]
    provenance: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path | str) -> "Result":
        """The result in a file.

        Raises `OSError`, `ValueError` for a file that is cut short, `NoResult` for another kind.
        """
        path = Path(path)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{path} is torn") from None
        held = found if isinstance(found, dict) else {}
        claims, provenance = held.get("claims", {}), held.get("provenance")
        if not isinstance(claims, dict) or not isinstance(provenance, dict):
            raise NoResult(f"{path} holds no record of how it was made")
        return cls(path, claims, provenance)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings it was made with."""
        found = self.provenance.get("settings")
        return found if isinstance(found, dict) else {}

    def setting(self, *keys: str) -> Any:
        """The setting at the end of a way through blocks, by key, and lists, by position.

        Raises `KeyError` with the key that is missing and those that are there.
        """
        value: Any = self.settings
        for key in keys:
            if isinstance(value, list):
                value = {str(place): one for place, one in enumerate(value)}
            known = list(value) if isinstance(value, dict) else []
            if key not in known:
                raise KeyError(key, known)
            value = value[key]
        return value

    def stale(self, tree: Tree) -> tuple[str, ...]:
        """What `tree` would make it with otherwise: "step" (gone), "code", "settings", or nothing."""
        script = str(self.provenance.get("script", ""))
        code, settings = tree.code(script), tree.settings(script)
        if not code:
            return ("step",)
        if self.path.parent.name == Path(script).stem and isinstance(settings, dict):
            # One instance of a step that fans out has one of the step's seeds.
            own = self.settings.get("seeds", [])
            settings = {**settings, "seeds": [s for s in settings.get("seeds", []) if s in own]}
        differs = {
            "code": code != self.provenance.get("code"),
            "settings": canonical(settings) != canonical(self.provenance.get("settings")),
        }
        return tuple(part for part, differ in differs.items() if differ)

    def altered(self) -> str:
        """Which part is not what the step wrote; nothing where all is, or nothing was sealed."""
        seal = dict(self.provenance.get("seal") or {})
        if not seal:
            return ""
        if seal.pop("claims", None) != digest(self.claims):
            return "its claims"
        for name, checksum in seal.items():
            path = self.path.parent / name
            if not (path.is_file() and sha256(path) == checksum):
                return name
        return ""

    def intact(self) -> bool:
        """Whether all is what the step wrote."""
        return not self.altered()


def complaint(path: Path) -> str:
    """What to say and do about a file that is no more what its step wrote; nothing for any other."""
    try:
        part = Result.read(path).altered()
    except NoResult:
        return ""
    except ValueError:
        part = path.name
    words = f"{path}: {part} changed after its step wrote it; delete {path}, then rerun"
    return words if part else ""


def write(
    path: Path, claims: Mapping[str, Any], provenance: dict[str, Any], outputs: Iterable[Path]
) -> None:
    """Write a result, sealed: a digest of its claims, and each output's SHA-256 by its path from it."""
    files = {os.path.relpath(output, path.parent): sha256(output) for output in outputs}
    sealed = {**provenance, "seal": {"claims": digest(claims), **files}}
    write_json(path, {"claims": dict(claims), "provenance": sealed})
