"""The last words of a run that failed: per job the log's tail, a likely cause, the way to rerun."""

import difflib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork.pipeline import house

TAIL = 15  # lines of a failed step's log
UNMADE = re.compile(r"No rule to produce (\S+)")


@dataclass
class Job:
    """A job as Snakemake announced it."""

    rule: str
    wildcards: dict[str, str]
    output: list[str]
    log: list[str]
    began: float
    tries: int = 1
    word: str = ""  # of the batch system, where a job that was sent away failed
    aside: list[str] = field(default_factory=list)  # the batch system's logs

    @property
    def label(self) -> str:
        """`rule` and what tells its jobs apart."""
        return " ".join([self.rule, *map(str, self.wildcards.values())])


def failures(failed: list[Job]) -> str:
    """For each failed job: rule, assignment, log's tail, the command that reruns it."""
    parts = []
    for job in failed:
        wanted = house.wanted_by(job.rule, job.wildcards)
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
        lines += [f"  likely: {cause}" for cause in likely_causes(said, job.output)]
        target = job.output[0] if job.output else job.rule
        lines.append(f"  rerun:  {house.rerun_command(target)}")
        parts.append("\n".join(lines))
    count = f"\n{len(failed)} jobs failed; everything else that could be made was made."
    return "\n".join(parts) + (count if len(failed) > 1 else "")


def likely_causes(said: list[str], output: list[str]) -> list[str]:
    """What a log's last words and the disk suggest, with the remedy; often nothing."""
    text, causes = "\n".join(said), []
    folder = next((p for p in map(Path, output) for p in p.parents if p.is_dir()), Path("."))
    if "No space left" in text or shutil.disk_usage(folder).free < 2**20:
        causes.append(f"the disk under {folder} is full; free some space, then rerun")
    elif "Read-only file system" in text or not os.access(folder, os.W_OK):
        causes.append(f"{folder} cannot be written; make it writable, then rerun")
    if "'TIMEOUT'" in text:
        causes.append("it ran out of time; raise the rule's runtime (set-resources), then rerun")
    elif "'CANCELLED'" in text:
        causes.append("somebody cancelled it; rerun")
    elif (
        any(word in text for word in ("Killed", "MemoryError", "'OUT_OF_MEMORY'"))
        or text.startswith("(empty")
    ):  # fmt: skip
        causes.append(
            "the system ended the step, most often for want of memory; close other programs or "
            "run fewer jobs at once (--cores 1), then rerun"
        )
    return causes


def unmade(target: str) -> str:
    """What to say of a target that no rule makes: of which scale it is, or what is near."""
    steps = sorted((ROOT / "workflow" / "steps").glob("*/*.py"))
    rules = {path.stem for path in (ROOT / "rules").glob("*.smk")}
    rooms = sorted(rules & {path.parent.name for path in steps})
    parts = target.split("/")
    scale = "smoke" if target.startswith("reports/smoke/") else "laptop"
    scale = parts[1] if parts[0] == "results" and len(parts) > 1 else scale
    folder = "reports/smoke" if scale == "smoke" else "reports"
    known = [f"{folder}/{name}" for name in ("all", *rooms)]
    known += [f"results/{scale}/{path.parent.name}/{path.stem}.json" for path in steps]
    near = difflib.get_close_matches(target, known, n=1, cutoff=0.8)
    if target in known:
        overlay = f"add --configfile workflow/scales/{scale}.yaml"
        advice = f"it is of scale {scale}: " + (
            "leave --configfile out" if scale == "laptop" else overlay
        )
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
