"""Provenance: where a result came from, written into every result file."""

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def sha256(path: Path | str) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def device() -> str:
    """The processor (and GPU where torch already runs on one) in words."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass  # not Linux: the platform's own word stands
    return f"{name}, {os.cpu_count()} cores"


@cache
def commit() -> tuple[str | None, bool | None]:
    """This checkout's commit, and whether tracked files differ from it; None where there is no git."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "-uno"))
    except (OSError, subprocess.SubprocessError):
        return None, None  # an unpacked archive has no history


def provenance(
    rule: str,
    *,
    inputs: Iterable[Path | str] = (),
    seeds: Iterable[int] = (),
    packages: Iterable[str] = ("numpy",),
    **more: Any,
) -> dict[str, Any]:
    """The record of one run: rule, seeds, inputs' checksums, versions, device, commit, time (UTC).

    `packages` names distributions whose installed versions matter; `more` is kept as it is
    (the pipeline adds the hashes of code closure and settings).
    """
    versions = {"python": platform.python_version()}
    for package in packages:
        versions[package] = importlib.metadata.version(package)
    at, dirty = commit()
    return {
        "rule": rule,
        "seeds": list(seeds),
        "inputs": {Path(path).as_posix(): sha256(path) for path in inputs},
        "versions": versions,
        "device": device(),
        "system": platform.platform(terse=True),
        "commit": at,
        "dirty": dirty,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **more,
    }


def standins(files: Iterable[Path]) -> list[str]:
    """Names of data sets of which a stand-in was used, in these files or in what made them."""
    names: set[str] = set()
    for path in files:
        source = path.with_name(path.name + ".source.json")  # written beside each download
        if source.is_file() and json.loads(source.read_text())["from"] == "standin":
            names.add(path.parent.name)
        # A result's record lies beside it, or beside the folder that its step fans out into.
        for record in (path.with_suffix(".json"), path.parent.with_suffix(".json")):
            if record.is_file():
                origin = json.loads(record.read_text()).get("provenance", {})
                names |= set(origin.get("standins") or [])
    return sorted(names)
