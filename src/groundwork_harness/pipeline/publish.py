"""`groundwork publish`: the assembled site to where readers find it, or the reasons why not.

Publishing is an act on something outside the tree, whose state Snakemake cannot see and which a
person decides on; so it is a command and no rule. It holds the run's lock, so that no build
changes the site while it is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import git, publish_checks
from groundwork_harness.pipeline.config import Config
from groundwork_harness.pipeline.lock import RunLock
from groundwork_harness.pipeline.publish_branch import Branch
from groundwork_harness.pipeline.publish_checks import Allowed, Refusal
from groundwork_harness.pipeline.publish_folder import Folder
from groundwork_harness.pipeline.publish_target import OWN, Held, PublishError, Target

SHOWN = 10  # files of one kind that the plan lists by name


@dataclass(frozen=True)
class Changes:
    """Paths of the site that are new, that differ and that are gone since the last publication."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def __str__(self) -> str:
        parts = {"new": self.new, "changed": self.changed, "gone": self.gone}
        return ", ".join(f"{len(paths)} {word}" for word, paths in parts.items() if paths)


def publish(
    config: Config,
    *,
    dry: bool = False,
    allowed: Allowed | None = None,
    root: Path = ROOT,
    outdated: Callable[[str], list[str]] = publish_checks.outdated,
    say: Callable[[str], None] = print,
) -> int:
    """Publish the site of `root`; 0 when it is (or was already) published, 1 when refused.

    With `dry` nothing is sent and every refusal is told. `outdated(scale)` names the jobs that the
    ledger of that scale lacks. Raises `PublishError` (no target, unreachable, not permitted) and
    `AlreadyRunning`.
    """
    target = choose(config["publish"], root)
    lock = RunLock(root / ".snakemake" / "groundwork" / "run.lock")
    lock.acquire()
    try:
        return _publish(config, target, dry, allowed or Allowed(), root, outdated, say)
    finally:
        lock.release()


def _publish(
    config: Config,
    target: Target,
    dry: bool,
    allowed: Allowed,
    root: Path,
    outdated: Callable[[str], list[str]],
    say: Callable[[str], None],
) -> int:
    if not dry:
        target.tidy()
    site = publish_checks.reports(config, root) / "site"
    record = _record(root, publish_checks.ledger(config, root))
    say(f"from     {_source(site, record, root)}")
    say(f"to       {target.label}")
    refusals = list(publish_checks.refusals(config, allowed, root, outdated))
    _refuse(refusals, say)
    if refusals and (not dry or not site.is_dir()):
        return 1
    held = target.held()
    changes = compare(target.digests(site), held.files if held else {})
    foreign = held is not None and held.record is None and bool(held.files)
    if held and foreign:
        refusals.append(_foreign(target, held))
        _refuse(refusals[-1:], say)
    _tell(changes, None if foreign else held, say)
    if refusals:
        return 1
    if dry:
        say("dry run: nothing was sent")
        _note_address(config, say)
        return 0
    if not changes:
        return 0
    for remark in target.send(site, record, _message(config, record, changes)):
        say(f"note     {remark}")
    _arrived(config, target, say)
    return 0


def choose(settings: Mapping[str, Any], root: Path) -> Target:
    """The configured target. Raises `PublishError` that says how to configure one."""
    if settings["target"] == "branch":
        return Branch(settings["remote"], settings["branch"], root)
    if settings["target"] == "folder":
        return Folder(settings["folder"], root)
    raise PublishError(
        "no target is configured: in config.yaml, set publish.target to `branch` (of the git "
        "remote publish.remote) or to `folder` (publish.folder)"
    )


def compare(now: Mapping[str, str], then: Mapping[str, str]) -> Changes:
    """What differs between two listings, path → digest; what publishing itself adds is left out."""
    before = {path: digest for path, digest in then.items() if path not in OWN}
    return Changes(
        sorted(now.keys() - before.keys()),
        sorted(path for path in now.keys() & before.keys() if now[path] != before[path]),
        sorted(before.keys() - now.keys()),
    )


def _record(root: Path, ledger: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a published site says of where it came from."""
    return {
        "commit": git.head(root),
        "dirty": bool(git.edits(root)),
        "scale": ledger["scale"] if ledger else None,
        "standins": ledger["standins"] if ledger else [],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _source(site: Path, record: Mapping[str, Any], root: Path) -> str:
    files = [path for path in site.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    scale = f"{record['scale']} scale, " if record["scale"] else ""
    return f"{site.relative_to(root)}: {len(files)} files, {size:.1f} MB, {scale}{_origin(record)}"


def _origin(record: Mapping[str, Any]) -> str:
    commit = record.get("commit")
    edits = " and edits" if record.get("dirty") else ""
    return f"commit {commit[:9]}{edits}" if commit else "no commit"


def _refuse(refusals: list[Refusal], say: Callable[[str], None]) -> None:
    for refusal in refusals:
        say(f"refused  {refusal}")


def _foreign(target: Target, held: Held) -> Refusal:
    some = sorted(held.files)[:3]
    return Refusal(
        "foreign",
        f"{target.label} holds files that `groundwork publish` did not put there "
        f"({', '.join(some)}{', …' if len(held.files) > 3 else ''}) and would remove; "
        f"{target.make_room}",
    )


def _tell(changes: Changes, held: Held | None, say: Callable[[str], None]) -> None:
    record = held.record if held else None
    if record is None:
        say(f"changes  first publication: {len(changes.new)} files")
        return
    since = f"since the publication of {record.get('time', 'unknown time')} ({_origin(record)})"
    if not changes:
        say(f"changes  none {since}: nothing to publish")
        return
    say(f"changes  {changes} {since}")
    for sign, paths in (("+", changes.new), ("~", changes.changed), ("-", changes.gone)):
        for path in paths[:SHOWN]:
            say(f"  {sign} {path}")
        if len(paths) > SHOWN:
            say(f"  {sign} and {len(paths) - SHOWN} more")


def _message(config: Config, record: Mapping[str, Any], changes: Changes) -> str:
    title = config["site"]["title"]
    return f"Publish {title}: {changes}\n\nFrom {_origin(record)}, {record['scale']} scale."


def _arrived(config: Config, target: Target, say: Callable[[str], None]) -> None:
    address = config["site"]["address"].rstrip("/")
    say(f"published: {address + '/' if address else target.label}")
    _note_address(config, say)


def _note_address(config: Config, say: Callable[[str], None]) -> None:
    if not config["site"]["address"]:
        say(
            "note     site.address in config.yaml is empty, so feed and sitemap name a placeholder and "
            "shared links show no picture; set it, build and publish again"
        )
