"""Manifests: what a closure digest stood for, kept so that `groundwork why` can name a change."""

import json
from pathlib import Path

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.closure import Closure

FOLDER = ROOT / ".snakemake" / "groundwork" / "closures"


def keep(closure: Closure, folder: Path = FOLDER) -> None:
    """Store a closure's parts under its digest, once."""
    path = folder / f"{closure.digest}.json"
    if recall(closure.digest, folder) is None:
        try:
            write_text(path, json.dumps({"modules": closure.modules, "packages": closure.packages}))
        except OSError:
            pass  # a read-only checkout: `why` will say that it does not know


def recall(digest: str, folder: Path = FOLDER) -> Closure | None:
    """The closure kept under `digest`, or None, also where its file is torn."""
    try:
        kept = json.loads((folder / f"{digest}.json").read_text(encoding="utf-8"))
        modules, packages = kept["modules"], kept["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = isinstance(modules, dict) and isinstance(packages, dict)
    return Closure(digest, modules, packages) if whole else None
