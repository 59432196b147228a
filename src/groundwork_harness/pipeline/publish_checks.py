"""What must hold before a site is published; each reason against it has a name.

missing, scale, smoke, stand-ins, dirty, checksums, data, claims, out of date.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.core import scales
from groundwork.core.provenance import ROOT, sha256
from groundwork_harness.pipeline import git, pinned, prose_lint, why
from groundwork_harness.pipeline.config import Config
from groundwork_harness.pipeline.publish_target import files_of

BUILD = "build it with `make`"


@dataclass(frozen=True)
class Refusal:
    """A reason not to publish: its name, and what is wrong and to be done."""

    name: str
    words: str

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


@dataclass(frozen=True)
class Allowed:
    """What the person who publishes has said is meant, though it is usually refused."""

    standins: bool = False
    dirty: bool = False


def reports(config: Config, root: Path = ROOT) -> Path:
    """The reports of the configured scale; smoke has a root of its own."""
    return root / scales.reports(config["scale"])


def ledger(config: Config, root: Path = ROOT) -> dict[str, Any] | None:
    """The ledger of the last whole build, if there is one that can be read."""
    try:
        found = json.loads((reports(config, root) / "all").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "deliverables" in found else None


def refusals(
    config: Config, allowed: Allowed, root: Path, outdated: Callable[[str], list[str]]
) -> Iterator[Refusal]:
    """Every reason not to publish the site of `root`, cheapest first."""
    home = reports(config, root)
    found = ledger(config, root)
    if found is None or not (home / "site" / "index.html").is_file():
        lacking = home / "all" if found is None else home / "site" / "index.html"
        where = lacking.relative_to(root)
        yield Refusal("missing", f"there is no {where} of a whole build; {BUILD}")
        return
    if found["scale"] == "smoke":
        yield Refusal("smoke", f"these pages only test the pipeline and are no results; {BUILD}")
    elif found["scale"] != config["scale"]:
        words = f"reports/all is of {found['scale']} scale, config.yaml asks for {config['scale']}"
        yield Refusal(
            "scale", f"{words}; build again, or: groundwork --scale {found['scale']} publish"
        )
    if found["standins"] and not allowed.standins:
        names = ", ".join(found["standins"])
        words = (
            f"pages rest on stand-ins for {names}, not on the real data; get it with `make fetch`"
        )
        yield Refusal("stand-ins", f"{words} and build again, or publish with --allow-standins")
    if not allowed.dirty:
        yield from _dirty(root)
    yield from _checksums(found, home / "site", root)
    yield from _claims_and_data(config, found, root)
    yield from _stale(found["scale"], outdated)


def _dirty(root: Path) -> Iterator[Refusal]:
    edits = git.edits(root)
    if edits is None:
        words = "the tree is not under version control, so no reader could find what made the site"
        yield Refusal("dirty", f"{words}; publish with --allow-dirty")
    elif edits:
        words = f"the tree has {_some(edits, 'uncommitted change')}"
        yield Refusal("dirty", f"{words}; commit them, or publish with --allow-dirty")


def _checksums(found: dict[str, Any], site: Path, root: Path) -> Iterator[Refusal]:
    """The ledger's files are there as it says, and the site holds nothing else."""
    entries = {entry["path"]: entry["sha256"] for entry in found["deliverables"]}
    gone = [path for path in entries if not (root / path).is_file()]
    edited = [p for p, digest in entries.items() if p not in gone and sha256(root / p) != digest]
    below = site.relative_to(root).as_posix()
    extra = [path for name in files_of(site) if (path := f"{below}/{name}") not in entries]
    for paths, fault in (
        (gone, "missing file"),
        (edited, "changed file"),
        (extra, "unlisted file"),
    ):
        if paths:
            words = (
                f"{_some(paths, fault)}, by the ledger; build again: the site is not what was made"
            )
            yield Refusal("checksums", words)


def _claims_and_data(config: Config, ledger: dict[str, Any], root: Path) -> Iterator[Refusal]:
    results = root / "results" / ledger["scale"]
    found = prose_lint.check(root / "src" / "documents", results, config)
    listed = {path: [digest] for path, digest in ledger.get("data", {}).items()}
    data = {f"{name}: {words}" for name, words in pinned.faults(listed, root)}
    data |= {f"{finding.where}: {finding.words}" for finding in found if finding.kind == "data"}
    if data:
        yield Refusal("data", _some(sorted(data), "fault", "; "))
    faults = [str(finding) for finding in found if not finding.warns and finding.kind != "data"]
    if faults:
        words = f"the prose lint finds {_some(faults, 'fault', '; ')}"
        yield Refusal("claims", f"{words}; see `groundwork claims check`")


def _stale(scale: str, outdated: Callable[[str], list[str]]) -> Iterator[Refusal]:
    if jobs := outdated(scale):
        words = f"{_some(jobs, 'job')} would run for the ledger"
        yield Refusal("out of date", f"{words}; {BUILD}, or see `groundwork why reports/all`")


def _some(items: list[str], noun: str, join: str = ", ") -> str:
    shown = join.join(items[:3]) + (f"{join}…" if len(items) > 3 else "")
    return f"{len(items)} {noun}{'s' if len(items) != 1 else ''} ({shown})"


def outdated(scale: str) -> list[str]:
    """The jobs that Snakemake would run to bring this tree's ledger up to date."""
    jobs = why.plan(f"{scales.reports(scale)}/all", scales.overlay(scale))
    return [job.label for job in jobs]
