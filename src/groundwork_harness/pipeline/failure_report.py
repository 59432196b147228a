"""The report of a run that failed: per job the log's tail, a likely cause, the way to rerun."""

import difflib
import os
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork.core.result import complaint
from groundwork.core.scales import reports
from groundwork_harness.pipeline import targets

TAIL = 15  # lines of a failed step's log
DENIED = re.compile(r"Permission denied: '([^']+)'")
LATE = re.compile(r"has older modification time \(.*?\) than input (.+?) \((.+?)\)\.")
UNMADE = re.compile(r"No rule to produce (\S+)")


@dataclass
class Job:
    """A job as Snakemake announced it."""

    rule: str
    wildcards: dict[str, str]
    input: list[str]
    output: list[str]
    log: list[str]
    began: float
    tries: int = 1
    word: str = ""  # of the batch system, where a job that was sent away failed
    aside: list[str] = field(default_factory=list)  # the batch system's logs
    failed: float = 0.0  # when, in seconds since 1970

    @property
    def label(self) -> str:
        """`rule` and what tells its jobs apart."""
        return " ".join([self.rule, *map(str, self.wildcards.values())])


def failures(failed: list[Job], trouble: str = "") -> str:
    """For each failed job: rule, assignment, log's tail, the command that reruns it.

    `trouble` is what ended the whole run before all that could be made was made, if anything did.
    """
    parts = []
    for job in failed:
        wanted = targets.wanted_by(job.rule, job.wildcards)
        lines = [f"\nFAILED  {job.label}" + (f"   (assignment {wanted})" if wanted else "")]
        if job.tries > 1:
            lines.append(f"  tried {job.tries} times")
        if job.word:
            lines.append(f"  {job.word.partition(' Detailed failure')[0]}")
        # The batch system's log matters where the step itself has said nothing.
        silent = not any(Path(log).is_file() and Path(log).stat().st_size for log in job.log)
        said = job.word.splitlines()
        for log in [*job.log, *(job.aside if silent else [])]:
            words = tail(Path(log))
            said += words
            lines += [f"  {log}:", *(f"    {line}" for line in words)]
        lines += [f"  see also {log}" for log in ([] if silent else job.aside)]
        if cause := likely_cause(said, job):
            lines.append(f"  likely: {cause}")
        target = job.output[0] if job.output else job.rule
        lines.append(f"  rerun:  {targets.rerun_command(target)}")
        parts.append("\n".join(lines))
    if trouble:
        parts.append(f"\nThe run ended early: {trouble}")
    elif len(failed) > 1:
        parts.append(f"\n{len(failed)} jobs failed; everything else that could be made was made.")
    return "\n".join(parts)


def likely_cause(said: list[str], job: Job) -> str:
    """What the end of a log, the disk and the inputs suggest, with the remedy; often nothing."""
    text = "\n".join(said)
    folder = next((p for p in map(Path, job.output) for p in p.parents if p.is_dir()), Path("."))
    if trouble := disk_trouble(text, folder):
        return trouble
    if "'TIMEOUT'" in text:
        return "it ran out of time; raise the rule's runtime (set-resources), then rerun"
    if "'CANCELLED'" in text:
        return "somebody cancelled it; rerun"
    killed = any(word in text for word in ("Killed", "MemoryError", "'OUT_OF_MEMORY'"))
    if killed or text.startswith("(empty"):
        return (
            "the system ended the step, most often for want of memory; close other programs or "
            "run fewer jobs at once (--cores 1), then rerun"
        )
    records = {Path(path).with_suffix(".json") for path in job.input if path.startswith("results/")}
    complaints = (complaint(record) for record in sorted(records) if record.is_file())
    return next(filter(None, complaints), "")


def disk_trouble(text: str, folder: Path) -> str:
    """What ails the disk under `folder`, by an error's words or by itself, with the remedy."""
    if "No space left" in text or shutil.disk_usage(folder).free < 2**20:
        return f"the disk under {folder} is full; free some space, then rerun"
    if denied := DENIED.search(text):
        return f"this user has no permission for {denied[1]}; change its owner or mode, then rerun"
    if "Read-only file system" in text or not os.access(folder, os.W_OK):
        return f"{folder} cannot be written; make it writable, then rerun"
    return ""


def clock_trouble(text: str) -> str:
    """What to do about an input that Snakemake finds dated after what was just made from it."""
    if not (late := LATE.search(text)):
        return ""
    return (
        f"{late[1]} is dated {late[2]}, after the file just made from it; give it the time of now: "
        f"touch {shlex.quote(late[1])}, then rerun (should that not do, set the clocks right)"
    )


def unmade(target: str, option: str = "--configfile workflow/scales/{}.yaml") -> str:
    """What to say of a target that no rule makes: of which scale it is, or what is near.

    `option` is how the command at hand is told the scale.
    """
    steps = sorted((ROOT / "workflow" / "steps").glob("*/*.py"))
    rules = {path.stem for path in (ROOT / "rules").glob("*.smk")}
    rooms = sorted(rules & {path.parent.name for path in steps})
    parts = target.split("/")
    scale = "smoke" if target.startswith("reports/smoke/") else "laptop"
    scale = parts[1] if parts[0] == "results" and len(parts) > 1 else scale
    known = [f"{reports(scale)}/{name}" for name in ("all", *rooms)]
    known += [f"results/{scale}/{path.parent.name}/{path.stem}.json" for path in steps]
    near = difflib.get_close_matches(target, known, n=1, cutoff=0.8)
    if target in known:
        name, add = option.split()[0], f"add {option.format(scale)}"
        advice = f"it is of scale {scale}: " + (f"leave {name} out" if scale == "laptop" else add)
    elif near:
        advice = f"did you mean {near[0]}?"
    else:
        advice = "ask for reports/all, for reports/ROOM, or for a file that a rule makes"
    return f"no rule makes {target}; {advice}"


def tail(log: Path, lines: int = TAIL) -> list[str]:
    """The last lines of a log, or why there are none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ["(no log: the step did not start)"]
    return text[-lines:] or ["(empty: the step ended without a word)"]
