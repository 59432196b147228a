"""Seals: what a step wrote, by checksum, in its own record, so that later changes show.

A result that was edited by hand, cut short or mixed from two runs would otherwise carry the name
of a rule and a commit that did not make it.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from groundwork.core.provenance import sha256
from groundwork.pipeline.settings import digest


def seal(claims: Mapping[str, Any], outputs: Iterable[Path], folder: Path) -> dict[str, str]:
    """A digest of the claims, and of each output the SHA-256 by its path from the record's folder."""
    files = {os.path.relpath(path, folder): sha256(path) for path in outputs}
    return {"claims": digest(claims), **files}


def broken(record: Path) -> str:
    """Which part of a result is not what its step wrote; nothing where all is, or none is sealed."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
        sealed = dict(found["provenance"]["seal"])
    except ValueError:
        return record.name
    except (KeyError, TypeError):
        return ""
    if sealed.pop("claims", None) != digest(found.get("claims")):
        return "its claims"
    for name, checksum in sealed.items():
        path = record.parent / name
        if not (path.is_file() and sha256(path) == checksum):
            return name
    return ""


def complaint(record: Path) -> str:
    """What to say and do about a broken seal; nothing where there is none."""
    part = broken(record)
    words = f"{record}: {part} changed after its step wrote it; delete {record}, then rerun"
    return words if part else ""
