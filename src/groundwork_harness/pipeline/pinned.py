"""Pinned data: what is read under `results/data` is what workflow/datasets.yaml pins, or is refused.

A file can be damaged after its download, when nothing looks at its checksum any more. A step takes
the SHA-256 of each input anyway, for its record, so holding that against the pin costs no reading.
Whatever writes or trusts a ledger reads all files that its claims rest on; between runs their size,
inode and times are remembered, and only what differs is read. A stand-in is pinned nowhere: it is
held to the checksum of the day it was made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_json
from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import Result

PINS = "workflow/datasets.yaml pins"
SEEN = Path(".snakemake/groundwork/data.json")  # below the tree


def is_data(path: Path | str) -> bool:
    """Whether a path is that of a downloaded file, in whichever checkout."""
    return Path(path).parts[-4:-2] == ("results", "data")


def hold(inputs: Mapping[str, str]) -> None:
    """Raise `ValueError` where an input, given with its SHA-256, is not the file that is pinned."""
    for name, digest in inputs.items():
        path = Path(name)
        expected = _expected(path) if is_data(path) else None
        if expected and digest != expected["sha256"]:
            raise ValueError(f"{name}: {_complaint(path, expected)}")


def behind(records: Iterable[Path], root: Path = ROOT) -> dict[str, set[str]]:
    """The data files that results rest on, directly or through others, each with the SHA-256s that
    were recorded of it; what a stand-in went into is left out, since it says so itself."""
    found: dict[str, set[str]] = {}
    frontier, seen = list(records), set()
    while frontier:
        record = frontier.pop()
        if record in seen or not (root / record).is_file():
            continue
        seen.add(record)
        origin = _origin(root / record)
        for name, digest in origin.get("inputs", {}).items():
            path = Path(name)
            if not is_data(path):
                # A result's record lies beside it, or beside the folder its step fans out into.
                near = (path.with_suffix(".json"), path.parent.with_suffix(".json"))
                frontier += [p for p in near if p.parts[:1] == ("results",)]
            elif path.parent.name not in (origin.get("standins") or []):
                found.setdefault(name, set()).add(digest)
    return found


def faults(found: Mapping[str, Iterable[str]], root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Data files and what is wrong with them, read now, or with the SHA-256s that results recorded."""
    for name, digests in sorted(found.items()):
        path = root / name
        for digest in sorted(digests):
            if not agrees(name, digest, root):
                yield name, f"results were made from another file than {PINS}; build again"
        expected = _expected(path, root)
        if expected and path.is_file() and sha256(path) != expected["sha256"]:
            yield name, _complaint(path, expected, root)


def agrees(name: str, digest: str, root: Path = ROOT) -> bool:
    """Whether a SHA-256 that was recorded of a file is the pinned one, or none is pinned."""
    path = Path(name)
    pin = _pins(root).get(path.parent.name, {}).get("files", {}).get(path.name)
    return not is_data(path) or pin is None or bool(pin["sha256"] == digest)


def changed(data: Mapping[str, str], root: Path = ROOT) -> bool:
    """Whether a file is not what `data` says (path → SHA-256), reading those alone whose inode, size
    or times differ from when they last were; one that is gone has not changed."""
    try:
        known = dict(json.loads((root / SEEN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        known = {}
    now = {}
    for name, digest in data.items():
        path = root / name
        if path.is_file():
            stat = path.stat()
            now[name] = [digest, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
            if known.get(name) != now[name] and sha256(path) != digest:
                return True
    if not now.items() <= known.items():
        try:
            write_json(root / SEEN, known | now)
        except OSError:
            pass  # a read-only checkout: they are read again
    return False


def _complaint(path: Path, expected: Mapping[str, Any], root: Path = ROOT) -> str:
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    size = path.stat().st_size
    what = (
        f"holds {size} bytes instead of {expected['bytes']}"
        if size != expected["bytes"]
        else "has the right size but other content (SHA-256 differs)"
    )
    whose = "the stand-in made here" if expected.get("from") == "standin" else f"what {PINS}"
    return f"it {what}, so it is not {whose}; fetch it again: rm {name} && make fetch"


def _expected(path: Path, root: Path = ROOT) -> Mapping[str, Any] | None:
    """Size and SHA-256 that a data file must have; None for one that nothing is known of."""
    try:
        source = json.loads(path.with_name(f"{path.name}.source.json").read_text(encoding="utf-8"))
        made_here = source["from"] == "standin"
    except (OSError, ValueError, KeyError, TypeError):
        source, made_here = None, False
    if made_here:
        return source
    # A bare machine that runs one step may lack PyYAML; what the download found stands in for it.
    return _pins(root).get(path.parent.name, {}).get("files", {}).get(path.name) or source


@cache
def _pins(root: Path) -> Mapping[str, Any]:
    try:
        from groundwork_harness.pipeline.config import load

        return load(root / "workflow" / "datasets.yaml")
    except (ImportError, ValueError):
        return {}


def _origin(record: Path) -> Mapping[str, Any]:
    try:
        return Result.read(record).provenance
    except (OSError, ValueError):
        return {}
