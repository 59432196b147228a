"""What a run says: one line a rule, time left, and last of all what failed and how to rerun it.

A logger plugin of Snakemake, which finds it as `snakemake_logger_plugin_groundwork`. With
`--verbose`, `--printshellcmds` or `--dry-run` Snakemake's own words appear in full and only the
closing words are ours. Piped, nothing is printed but problems and the closing line.
"""

import json
import logging
import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork.pipeline import house, unfinished

TIMES = ROOT / ".snakemake" / "groundwork" / "times.json"
TAIL = 15  # lines of a failed step's log
CHATTER = (
    "RuleException:\nCalledProcessError",  # the closing words say it better
    "WorkflowError:\nAt least one job",
    "At least one job did not complete",
    "Terminating processes",
    "Exiting because",
    "Complete log",
    "Shutting down",
)


@dataclass
class Job:
    """A job as Snakemake announced it."""

    rule: str
    wildcards: dict[str, str]
    output: list[str]
    log: list[str]
    began: float

    @property
    def label(self) -> str:
        """`rule` and what tells its jobs apart."""
        return " ".join([self.rule, *map(str, self.wildcards.values())])


@dataclass
class Progress:
    """Jobs announced, running and done; how long each rule's job took in earlier runs."""

    times: dict[str, float]
    jobs: dict[int, Job] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    total: int = 0
    done: int = 0
    worked: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def plan(self, stats: dict[str, Any]) -> None:
        """Take Snakemake's table of jobs per rule."""
        self.left = Counter({rule: n for rule, n in stats.items() if rule != "total"})
        self.total, self.done = stats.get("total", 0), 0

    def finish(self, job: Job) -> float:
        """Count a finished job; its seconds."""
        seconds = time.monotonic() - job.began
        self.done += 1
        self.worked += seconds
        self.left[job.rule] -= 1
        known = self.times.get(job.rule)
        # Half the old estimate, half the new sample: follows a machine, forgets a hiccup.
        self.times[job.rule] = seconds if known is None else (known + seconds) / 2
        return seconds

    def time_left(self) -> float | None:
        """Seconds of wall time left, or None while a rule's duration is unknown."""
        if any(n > 0 and rule not in self.times for rule, n in self.left.items()):
            return None
        work = sum(n * self.times[rule] for rule, n in self.left.items() if n > 0)
        elapsed = time.monotonic() - self.began
        return work / max(1.0, self.worked / elapsed if elapsed else 1.0)


class LogHandler(LogHandlerBase):
    """Snakemake's door to this module."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.full = bool(
            settings.verbose or settings.printshellcmds or settings.dryrun or settings.debug_dag
        )
        self.live = sys.stderr.isatty() and not self.full
        self.progress = Progress(_read_times())
        self.failed: list[Job] = []
        self.plan_file = os.environ.get("GROUNDWORK_PLAN", "")  # `groundwork why` asks for it
        self.planned: list[dict[str, Any]] = []
        self.idle = self.closed = False

    writes_to_stream = property(lambda self: not self.full)  # type: ignore[assignment]
    writes_to_file = property(lambda _: False)  # type: ignore[assignment]
    has_filter = property(lambda _: True)  # type: ignore[assignment]
    has_formatter = property(lambda _: True)  # type: ignore[assignment]
    needs_rulegraph = property(lambda _: False)  # type: ignore[assignment]

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record of Snakemake's."""
        event = str(getattr(record, "event", "") or "")
        handler = getattr(self, f"_{event}", None)
        if handler:
            handler(record)
        elif str(record.msg).startswith("Nothing to be done"):
            self.idle = True
        elif record.levelno >= logging.WARNING:
            self._error(record)

    def _run_info(self, record: logging.LogRecord) -> None:
        stats = getattr(record, "stats", None) or {}
        if stats.get("total"):
            self.progress.plan(stats)

    def _job_info(self, record: Any) -> None:
        wildcards = dict(record.wildcards or {})
        job = Job(record.rule_name, wildcards, list(record.output), list(record.log), 0.0)
        job.began = time.monotonic()
        self.progress.jobs[record.jobid] = job
        if not self.common_settings.dryrun:
            unfinished.began(job.output)
        files = {"input": list(record.input), "output": job.output}
        self.planned.append(
            {"rule": job.rule, "label": job.label, **files, "reason": record.reason}
        )

    def _job_finished(self, record: Any) -> None:
        job = self.progress.jobs.get(record.job_id)
        if job is None:
            return
        seconds = self.progress.finish(job)
        unfinished.ended(job.output)
        if self.live:
            left = self.progress.time_left()
            rest = "" if left is None or left < 1 else f"  about {duration(left)} left"
            count = f"{self.progress.done}/{self.progress.total}"
            self._say(f"[{count:>7}] {job.label:<52} {duration(seconds):>8}{rest}")

    def _job_error(self, record: Any) -> None:
        job = self.progress.jobs.get(record.jobid)
        if job is not None and job not in self.failed:
            self.failed.append(job)
            if self.live:
                self._say(f"[ failed] {job.label}")

    def _error(self, record: logging.LogRecord) -> None:
        text = str(record.getMessage() or "").strip()
        if text and not self.full and not text.startswith(CHATTER):
            self._say(text)

    def close(self) -> None:
        """The last words: each failure, or how many jobs were done."""
        if not self.closed:
            self.closed = True
            if self.plan_file:
                write_text(self.plan_file, json.dumps(self.planned))
            if self.failed:
                self._say(failures(self.failed))
            elif self.progress.done and not self.full:
                elapsed = time.monotonic() - self.progress.began
                self._say(f"{self.progress.done} jobs done in {duration(elapsed)}")
            elif self.idle and not self.full:
                self._say("nothing to do: everything asked for is up to date")
            _write_times(self.progress.times)
        super().close()

    @staticmethod
    def _say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def failures(failed: list[Job]) -> str:
    """For each failed job: rule, assignment, log's tail, the command that reruns it."""
    parts = []
    for job in failed:
        wanted = house.wanted_by(job.rule, job.wildcards)
        lines = [f"\nFAILED  {job.label}" + (f"   (assignment {wanted})" if wanted else "")]
        said: list[str] = []
        for log in job.log:
            said += tail(Path(log))
            lines += [f"  {log}:", *(f"    {line}" for line in said)]
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
    if "Killed" in text or "MemoryError" in text or text.startswith("(empty"):
        causes.append(
            "the system ended the step, most often for want of memory; close other programs or "
            "run fewer jobs at once (--cores 1), then rerun"
        )
    return causes


def tail(log: Path, lines: int = TAIL) -> list[str]:
    """The last lines of a log, or why there are none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ["(no log: the step did not start)"]
    return text[-lines:] or ["(empty: the step ended without a word)"]


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def _read_times() -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(TIMES.read_text()).items()}
    except (OSError, ValueError):
        return {}


def _write_times(times: dict[str, float]) -> None:
    try:
        write_text(TIMES, json.dumps(times, indent=1))
    except OSError:
        pass  # an estimate that cannot be kept costs nothing
