"""`groundwork adopt DIR`: take in results made elsewhere, if this tree would have made them.

A result is taken when the hashes of code closure and settings in its own record are this tree's
and each project file it was made from is here with the content it had. It is copied, and marked
as current. What does not match is refused by name; nothing here is overwritten unless `force`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.core.atomic import replacing
from groundwork.core.provenance import ROOT, sha256
from groundwork.pipeline import closure, pinned, seals
from groundwork.pipeline.config import Config
from groundwork.pipeline.settings import digest


@dataclass(frozen=True)
class Candidate:
    """A step's result found elsewhere: its files, and why it is refused (empty: it is not)."""

    name: str
    files: list[Path]
    refusal: str


def adopt(folder: Path, config: Config, *, force: bool = False) -> list[Candidate]:
    """Copy and mark what matches of `folder` (a checkout, or its `results/<scale>`).

    Raises `FileNotFoundError` where `folder` holds no results of this scale.
    """
    scale = config["scale"]
    source = next(
        (
            p
            for p in (folder / "results" / scale, folder / scale, folder)
            if any(p.glob("*/*.json"))
        ),
        None,
    )
    if source is None:
        raise FileNotFoundError(f"{folder} holds no results of scale {scale}")
    target = ROOT / "results" / scale
    taken: list[str] = []
    found = []
    for candidate in _candidates(source, target, config, force):
        found.append(candidate)
        if not candidate.refusal:
            for file in candidate.files:
                place = target / file.relative_to(source)
                with replacing(place) as temporary:
                    shutil.copyfile(file, temporary)
                taken.append(place.relative_to(ROOT).as_posix())
    if taken:
        _mark(taken, scale)
    return found


def _candidates(source: Path, target: Path, config: Config, force: bool) -> Iterator[Candidate]:
    origins = {path: _origin(path) for path in sorted(source.glob("*/*.json"))}
    coming: dict[str, str] = {}
    for record_path in _by_dependency(origins, source):
        origin = origins[record_path]
        files = sorted(p for p in record_path.parent.glob(f"{record_path.stem}.*") if p.is_file())
        name = record_path.relative_to(source).with_suffix("").as_posix()
        refusal = _refusal(name, origin, config, coming)
        if not refusal and (part := seals.broken(record_path)):
            refusal = f"{part} is not what its step wrote"
        place = target / record_path.relative_to(source)
        if not refusal and place.exists() and not force:
            refusal = "a result is here already (--force replaces it)"
        if not refusal:
            for file in files:
                coming[f"results/{config['scale']}/{file.relative_to(source).as_posix()}"] = sha256(
                    file
                )
        yield Candidate(name, files, refusal)


def _origin(path: Path) -> dict[str, Any]:
    """A result's provenance; empty where the file is torn or holds none."""
    try:
        origin = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        whole = isinstance(origin["code"], str) and isinstance(origin.get("inputs", {}), dict)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return {}
    return origin if whole else {}


def _refusal(name: str, origin: dict[str, Any], config: Config, coming: dict[str, str]) -> str:
    if not origin:
        return "it is torn, or holds no record of how it was made"
    room, _, step = name.partition("/")
    script = ROOT / "workflow" / "steps" / room / f"{step.partition('/')[0]}.py"
    if not script.is_file():
        return "this tree has no such step"
    if origin["code"] != closure.of(script).digest:
        return "made by other code than this tree's"
    if origin.get("settings") != digest(config.get(room, {}).get(script.stem)):
        return "made with other settings than this tree's"
    for path, checksum in origin.get("inputs", {}).items():
        standin = Path(path).parent.name in (origin.get("standins") or [])
        if not standin and not pinned.agrees(path, checksum):
            return f"made from another {path} than workflow/datasets.yaml pins"
        here = ROOT / path
        now = coming.get(path) or (sha256(here) if here.is_file() else None)
        if now is not None and now != checksum:
            return f"made from another {path} than this tree's"
    return ""


def _by_dependency(origins: dict[Path, dict[str, Any]], source: Path) -> list[Path]:
    """Results before those made from them, so that a taken input vouches for its users."""
    needs = {}
    for path, origin in origins.items():
        inputs = origin.get("inputs", {})
        stems = {"/".join(Path(name).with_suffix("").parts[-2:]) for name in inputs}
        needs[path.relative_to(source).with_suffix("").as_posix()] = (path, stems)
    ordered: list[Path] = []
    while needs:
        ready = [n for n, (_, stems) in needs.items() if not (stems - {n}) & set(needs)]
        for name in ready or list(needs):
            ordered.append(needs.pop(name)[0])
    return ordered


def _mark(files: list[str], scale: str) -> None:
    """Have Snakemake record code, settings and inputs of the files, as if it had made them."""
    overlay = [] if scale == "laptop" else ["--configfile", f"workflow/scales/{scale}.yaml"]
    # Without --force it would pass over files that look current, record nothing, and so never
    # notice a later change.
    how = ["--cores", "1", "--touch", "--force"]
    command = [sys.executable, "-m", "snakemake", *files, *how, *overlay]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"copied, but Snakemake could not mark them:\n{done.stderr[-1000:]}")
