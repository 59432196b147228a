"""`groundwork why TARGET`: what would run for a target and what changed since it was made."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import manifests, snakemake_patches
from groundwork_harness.pipeline.failure_report import UNMADE, unmade

PLAN = "GROUNDWORK_PLAN"  # the log handler writes a dry run's jobs to this file
GREETING = "Using workflow specific profile"
LISTED = 30  # jobs without a cause of their own that are named one by one
DIGEST = re.compile(r"\b[0-9a-f]{16}\b")


@dataclass(frozen=True)
class Planned:
    """A job that would run, and Snakemake's reason."""

    rule: str
    label: str
    input: list[str]
    output: list[str]
    log: list[str]
    reason: str
    command: str

    @property
    def follows(self) -> bool:
        """Whether it runs only because something before it does."""
        own = ("Params", "Code has", "Missing", "Updated input", "Set of input", "Forced")
        return not any(word in self.reason for word in own)

    @property
    def missing(self) -> bool:
        """Whether it runs for no other reason than that its result is not there."""
        return all(part.startswith(("Missing output", "Input files")) for part in self.parts)

    @property
    def parts(self) -> list[str]:
        """Snakemake's reasons one by one."""
        return [part for part in self.reason.split("; ") if part.strip()]


class Unplannable(RuntimeError):
    """Snakemake cannot plan the target; the message is its own."""


def relative(target: str) -> str:
    """A target as rules name it: within the checkout. Raises `Unplannable` for an empty one."""
    if not target.strip():
        raise Unplannable("name a target, e.g. reports/all")
    path = Path(target)
    if not path.is_absolute():
        return target
    # One link on the way must not make a file of this checkout a stranger to it.
    path = path.parent.resolve() / path.name
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else target


def plan(targets: str | list[str], options: list[str]) -> list[Planned]:
    """The jobs a dry run of one target or several would start. Raises `Unplannable`."""
    wanted = [targets] if isinstance(targets, str) else targets
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        command = [
            sys.executable,
            "-m",
            "snakemake",
            *wanted,
            "--cores",
            "1",
            "--dry-run",
            *options,
        ]
        environment = {**os.environ, PLAN: str(path)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode or not path.exists():
            if missing := UNMADE.search(done.stderr + done.stdout):
                raise Unplannable(unmade(missing[1], "--scale {}"))
            lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
            raise Unplannable("\n".join(x for x in lines if not x.startswith(GREETING)))
        return [Planned(**job) for job in json.loads(path.read_text())]


def explain(target: str, options: list[str], *, whole: bool = False) -> str:
    """In plain words what runs for `target` and why, or why nothing runs.

    Jobs whose results are merely not there, and jobs that follow from others, are counted by rule
    where they are many, unless the `whole` list is asked for.
    """
    jobs = plan(target, options)
    if not jobs:
        return (
            f"{target} is up to date: nothing runs. The code it reaches, its settings, the pinned\n"
            "versions and the content of its inputs are those it was made with."
        )
    count = "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    lines = [f"{count} would run for {target}."]
    missing = [job for job in jobs if not job.follows and job.missing]
    followers = [job for job in jobs if job.follows]
    many = not whole and len(missing) + len(followers) > LISTED
    for job in jobs:
        if not (job.follows or (many and job.missing)):
            lines += ["", job.label, *(f"  - {words}" for words in reasons(job.reason))]
    if many and missing:
        lines += ["", f"Not made yet, {len(missing)} jobs:", *_counted(missing)]
    if followers:
        listed = _counted(followers) if many else [f"  - {job.label}" for job in followers]
        lines += ["", "What follows from these:", *listed]
    if many:
        lines += ["", "each by name: add --all"]
    return "\n".join(lines)


def _counted(jobs: list[Planned]) -> list[str]:
    """Each rule that these jobs are of, with their number; rules of one room on one line."""
    rules = Counter(job.rule for job in jobs)
    rooms: dict[str, list[str]] = {}
    for rule, number in rules.items():
        room = max((r for r in _rooms() if rule.startswith(f"{r}_")), key=len, default="")
        step = rule.removeprefix(f"{room}_") if room else rule
        rooms.setdefault(room, []).append(f"{step} ({number})" if number > 1 else step)
    return [f"  - {room}: {', '.join(steps)}" if room else f"  - {', '.join(steps)}"
            for room, steps in rooms.items()]  # fmt: skip


def _rooms() -> list[str]:
    return [path.stem for path in (ROOT / "rules").glob("*.smk")]


def reasons(reason: str) -> list[str]:
    """Snakemake's reason, with digests turned into the functions and settings they stand for."""
    found: list[str] = []
    for part in reason.split("; "):
        head, _, rest = part.partition(": ")
        if head.startswith("Params have changed"):
            found += _params(part)
        elif head.startswith("Code has changed"):
            found.append("the rule's own command changed (rules/)")
        elif head.startswith("Missing output"):
            found.append(f"not made yet: {rest}")
        elif head.startswith("Updated input"):
            found.append(f"changed content: {rest}")
        elif head.startswith("Set of input"):
            found.append("the list of its inputs changed: a file was added, removed or renamed")
        elif head.startswith("Input files updated"):
            found.append(f"runs after: {rest}")
        elif part.strip():
            found.append(part)
    return found


def _params(part: str) -> list[str]:
    before, _, now = part.partition("before: ")[2].partition(" now: ")
    if before.strip() in (snakemake_patches.FAILED, snakemake_patches.EDITED):
        return [before.strip()]
    found = []
    old_digests, new_digests = DIGEST.findall(before), DIGEST.findall(now)
    for old, new in zip(old_digests, new_digests, strict=False):
        found += code_changes(old, new)
    for old, new in zip(_objects(before), _objects(now), strict=False):
        found += setting_changes(old, new)
    if not found:
        found = [f"its params changed: {before.strip() or 'nothing'} → {now.strip() or 'nothing'}"]
    return found


def code_changes(old: str, new: str) -> list[str]:
    """What differs between two closures, by module, function and package."""
    a, b = manifests.recall(old), manifests.recall(new)
    if a is None or b is None:
        return [f"its code changed (closure {old} → {new}; no record of what the old one held)"]
    found = []
    for module in sorted({*a.modules, *b.modules}):
        was, now = a.modules.get(module), b.modules.get(module)
        if was is None or now is None:
            found.append(
                f"module {module} {'joined' if was is None else 'left'} the code it reaches"
            )
            continue
        for name in sorted({*was, *now}):
            if was.get(name) != now.get(name):
                verb = "added" if name not in was else "removed" if name not in now else "changed"
                what = "top-level code" if name == "<module>" else name
                found.append(f"{what} {verb} in {module}")
    for package in sorted({*a.packages, *b.packages}):
        if a.packages.get(package) != b.packages.get(package):
            was_version = a.packages.get(package, "none")
            found.append(f"package {package}: {was_version} → {b.packages.get(package, 'none')}")
    return found


def setting_changes(old: Any, new: Any, where: str = "") -> list[str]:
    """`setting a.b: 1 → 2` for each leaf that differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in sorted({*old, *new}):
            found += setting_changes(old.get(key), new.get(key), f"{where}.{key}".lstrip("."))
        return found
    return [] if old == new else [f"setting {where}: {json.dumps(old)} → {json.dumps(new)}"]


def _objects(text: str) -> list[Any]:
    """The JSON objects within a text."""
    text = text.replace('\\"', '"').replace("\\\\", "\\")
    decoder, found, at = json.JSONDecoder(), [], text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            found.append(value)
        except ValueError:
            end = at + 1
        at = text.find("{", end)
    return found
