"""`groundwork adopt DIR`: take in results made elsewhere, if this tree would have made them.

A result is taken when the hashes of code closure and settings in its own record are this tree's
and each project file it was made from is here with the content it had. It is copied, and marked
as current. What does not match is refused by name; nothing here is overwritten unless `force`.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundwork.core.atomic import replacing
from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import Result
from groundwork.core.scales import overlay
from groundwork_harness.pipeline import pinned
from groundwork_harness.pipeline.config import Config
from groundwork_harness.pipeline.tree import Tree

STALE = {
    "step": "this tree has no such step",
    "code": "made by other code than this tree's",
    "settings": "made with other settings than this tree's",
}


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
    results = {path: _result(path) for path in sorted(source.glob("*/*.json"))}
    # JSON among a step's other outputs is no result; it is judged, and comes, with its step's.
    for path, result in list(results.items()):
        for name in (result.provenance.get("seal") or ()) if result else ():
            results.pop(path.parent / name, None)
    coming: dict[str, str] = {}
    for path in _by_dependency(results, source):
        files = sorted(p for p in path.parent.glob(f"{path.stem}.*") if p.is_file())
        refusal = _refusal(results[path], Tree(config), coming)
        if not refusal and (target / path.relative_to(source)).exists() and not force:
            refusal = "a result is here already (--force replaces it)"
        if not refusal:
            for file in files:
                coming[f"results/{config['scale']}/{file.relative_to(source).as_posix()}"] = sha256(
                    file
                )
        yield Candidate(path.relative_to(source).with_suffix("").as_posix(), files, refusal)


def _result(path: Path) -> Result | None:
    """A result; None where the file is torn or holds none."""
    try:
        found = Result.read(path)
    except (OSError, ValueError):
        return None
    return found if isinstance(found.provenance.get("inputs", {}), dict) else None


def _refusal(result: Result | None, tree: Tree, coming: dict[str, str]) -> str:
    if result is None:
        return "it is torn, or holds no record of how it was made"
    if changed := result.stale(tree):
        return STALE[changed[0]]
    for path, checksum in result.provenance.get("inputs", {}).items():
        standin = Path(path).parent.name in (result.provenance.get("standins") or [])
        if not standin and not pinned.agrees(path, checksum):
            return f"made from another {path} than workflow/datasets.yaml pins"
        here = ROOT / path
        now = coming.get(path) or (sha256(here) if here.is_file() else None)
        if now is not None and now != checksum:
            return f"made from another {path} than this tree's"
    if part := result.altered():
        return f"{part} is not what its step wrote"
    return ""


def _by_dependency(results: dict[Path, Result | None], source: Path) -> list[Path]:
    """Results before those made from them, so that a taken input vouches for its users."""
    needs = {}
    for path, result in results.items():
        inputs = result.provenance.get("inputs", {}) if result else {}
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
    # Without --force it would pass over files that look current, record nothing, and so never
    # notice a later change.
    how = ["--cores", "1", "--touch", "--force"]
    command = [sys.executable, "-m", "snakemake", *files, *how, *overlay(scale)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"copied, but Snakemake could not mark them:\n{done.stderr[-1000:]}")
