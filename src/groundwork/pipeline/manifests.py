"""Manifests: what a closure digest stood for, kept so that `groundwork why` can name a change."""

import json
from pathlib import Path

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork.pipeline.closure import Closure

FOLDER = ROOT / ".snakemake" / "groundwork" / "closures"


def keep(closure: Closure, folder: Path = FOLDER) -> None:
    """Store a closure's parts under its digest, once."""
    path = folder / f"{closure.digest}.json"
    if not path.exists():
        try:
            write_text(path, json.dumps({"modules": closure.modules, "packages": closure.packages}))
        except OSError:
            pass  # a read-only checkout: `why` will say that it does not know


def recall(digest: str, folder: Path = FOLDER) -> Closure | None:
    """The closure kept under `digest`, or None."""
    try:
        kept = json.loads((folder / f"{digest}.json").read_text())
    except (OSError, ValueError):
        return None
    return Closure(digest, kept["modules"], kept["packages"])
