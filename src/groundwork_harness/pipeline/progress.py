"""What a run says: one line a rule, time left, and last of all what failed and how to rerun it.

A logger plugin of Snakemake, which finds it as `snakemake_logger_plugin_groundwork`. With
`--verbose`, `--printshellcmds` or `--dry-run` Snakemake's own words appear in full and only the
closing words are ours. A terminal shows what runs now in its last line; a file or a CI log gets one
line a finished job, at most one a second, and one a minute while nothing finishes.
"""

import json
import logging
import os
import re
import sys
import threading
import time
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import estimate, targets, unfinished
from groundwork_harness.pipeline.failure_report import (
    UNMADE,
    Job,
    clock_trouble,
    disk_trouble,
    failures,
    unmade,
)
from groundwork_harness.pipeline.screen import Screen

STOPPING = (  # Snakemake's words once SIGINT or SIGTERM has reached it
    "Terminating processes on user request",
    "Will exit after finishing currently running jobs",
)
WELL = ("Congratulations, your workflow", "Report created")  # of --lint and --report
MARGIN = 1.0  # seconds by which a job may be seen to fall to a signal before the run itself is
SILENCE = 60.0  # seconds after which a log that nothing is written to says what runs
SHOWN = 3  # running jobs that are named
CHATTER = (
    "RuleException:\nCalledProcessError",  # the closing words say it better
    "WorkflowError:\nAt least one job",
    "At least one job did not complete",
    "Terminating processes",
    "Exiting because",
    "Complete log",
    "Shutting down",
    "No SLURM account given",  # said per job; profiles/slurm says how to name one
    "No account was given, not able to get a SLURM account",
    "Unable to guess SLURM account",
    "Ignore corrupted or currently written metadata",  # a full disk's; that job runs again
)
REFUSALS = ("WorkflowError", "ConfigError", "ClosureError")
TRACE = re.compile(r'\n  File ".*')  # where a refusal was raised is of no use to its reader


class LogHandler(LogHandlerBase):
    """Snakemake's door to this module."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.full = bool(
            settings.verbose or settings.printshellcmds or settings.dryrun or settings.debug_dag
        )
        self.dry = bool(settings.dryrun)
        self.live = sys.stderr.isatty() and not self.full
        self.screen = Screen(self.live)
        self.progress = estimate.Estimate({}, {})
        self.jobs: dict[int, Job] = {}
        self.running: dict[int, Job] = {}
        self.failed: dict[int, Job] = {}
        self.plan_file = os.environ.get("GROUNDWORK_PLAN", "")  # `groundwork why` asks for it
        self.planned: list[dict[str, Any]] = []
        self.trouble = ""  # with the disk under the whole run, or with the clock
        self.stopped = float("inf")  # when somebody stopped the run
        self.idle = self.closed = self.erred = False
        self.ended = threading.Event()
        # A log that cannot be written would print a traceback a line; the report at the end says why.
        logging.raiseExceptions = self.full

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
        elif str(record.msg).startswith(WELL) and not self.full:
            self.screen.say(str(record.msg))
        elif str(record.msg).startswith(STOPPING):
            self.stopped = min(self.stopped, record.created)
        elif record.levelno >= logging.WARNING:
            self._error(record)

    def _run_info(self, record: logging.LogRecord) -> None:
        stats = getattr(record, "stats", None) or {}
        if stats.get("total"):
            self.progress = estimate.start(targets.scale())
            self.progress.plan(stats)
            if not self.full:
                threading.Thread(target=self._tell, daemon=True).start()

    def _tell(self) -> None:
        """Keep the terminal's last line true; break a log's silence."""
        while not self.ended.wait(1.0):
            if self.live:
                self.screen.status(self._now())
            elif self.running and time.monotonic() - self.screen.spoke > SILENCE:
                self.screen.say(self._now())

    def _now(self) -> str:
        """How many jobs are done, what runs and for how long, how long the rest takes."""
        now = time.monotonic()
        jobs = sorted(self.running.copy().values(), key=lambda job: job.began)
        names = [f"{job.label} ({duration(now - job.began)})" for job in jobs[:SHOWN]]
        return f"{self._share()} running {listed(names, len(jobs))}{self._left()}"

    def _share(self) -> str:
        return f"[{f'{self.progress.done}/{self.progress.total}':>7}]"

    def _left(self) -> str:
        left = self.progress.time_left()
        if left is None or left < 1:
            return ""
        return f"; about {duration(left)} left ({self.progress.basis})"

    def _job_info(self, record: Any) -> None:
        wildcards = dict(record.wildcards or {})
        job = Job(
            record.rule_name, wildcards, list(record.input), list(record.output), list(record.log),
            time.monotonic(),
        )  # fmt: skip
        if before := self.failed.get(record.jobid):
            job.tries = before.tries + 1  # a retry
        self.jobs[record.jobid] = self.running[record.jobid] = job
        self.screen.status(self._now())
        self.planned.append(
            {
                "rule": job.rule,
                "label": job.label,
                "input": job.input,
                "output": job.output,
                "log": job.log,
                "reason": record.reason,
                "command": getattr(record, "shellcmd", "") or "",
            }
        )

    def _job_finished(self, record: Any) -> None:
        job = self.jobs.get(record.job_id)
        if job is None:
            return
        self.running.pop(record.job_id, None)
        seconds = time.monotonic() - job.began
        self.progress.finish(job.rule, seconds)
        self.failed.pop(record.job_id, None)  # an earlier try of it
        if not self.full:
            line = f"{self._share()} {job.label:<52} {duration(seconds):>8}"
            names = [one.label for one in self.running.copy().values()]
            runs = f"  running {listed(names[:SHOWN], len(names))}" if names else ""
            self.screen.finished(line if self.live else line + runs + self._left())

    def _job_error(self, record: Any) -> None:
        job = self.jobs.get(record.jobid)
        self.running.pop(record.jobid, None)
        if job is not None and self.failed.get(record.jobid) is not job:
            job.failed = record.created
            job.word = str(getattr(record, "rule_msg", "") or "")
            job.aside = [log for log in getattr(record, "log", []) if log not in job.log]
            self.failed[record.jobid] = job
            if not self.full:
                self._say(f"[ failed] {job.label}")

    def _error(self, record: logging.LogRecord) -> None:
        text = str(record.getMessage() or "").strip()
        self.erred |= record.levelno >= logging.ERROR and not text.startswith(CHATTER)
        if missing := UNMADE.search(text):
            self._say(unmade(missing[1]))
        elif trouble := clock_trouble(text) or ("[Errno" in text and disk_trouble(text, ROOT)):
            self.trouble = trouble
        elif text and not self.full and not text.startswith(CHATTER):
            self._say(TRACE.sub("", text) if text.startswith(REFUSALS) else text)

    def close(self) -> None:
        """At the end: each failure, what ended the run early, or how many jobs were done."""
        if not self.closed:
            self.closed = True
            self.ended.set()
            self.screen.status("")
            if self.plan_file:
                write_text(self.plan_file, json.dumps(self.planned))
            # What falls when the run is stopped falls for that, and is no fault to report; should it
            # be one, it comes back with the same command.
            cut = [j for j in self.failed.values() if j.failed > self.stopped - MARGIN]
            failed = [job for job in self.failed.values() if job not in cut]
            trouble = self.trouble or self._stop(failed, cut)
            if failed or trouble:
                self._say(failures(failed, trouble))
                if not trouble and (page := unfinished.lay_out(sys.argv)):
                    self._say(f"open {page}: every page that could be rendered")
            elif not self.full:
                self._say_what_was_done()
            estimate.keep(self.progress, targets.scale())
        super().close()

    def _stop(self, failed: list[Job], cut: list[Job]) -> str:
        """What to say of a run that was stopped; empty if it was not.

        Jobs left over that no failure and no error explains are a stop too.
        """
        done, total = self.progress.done, self.progress.total
        unexplained = done < total and not failed and not self.erred and not self.dry
        if self.stopped == float("inf") and not unexplained:
            return ""
        lost = f" (this cut off {', '.join(job.label for job in cut)})" if cut else ""
        return f"it was stopped{lost}; {done} of {count(total)} done; the same command goes on"

    def _say_what_was_done(self) -> None:
        if self.progress.done:
            elapsed = time.monotonic() - self.progress.began
            self._say(f"{count(self.progress.done)} done in {duration(elapsed)}")
        elif self.idle:
            self._say("nothing to do: everything asked for is up to date")
        for page in targets.pages(sys.argv):
            self._say(f"open {page}")

    def _say(self, text: str) -> None:
        self.screen.say(text)


def listed(names: list[str], total: int) -> str:
    """Names, and how many more there are."""
    more = f" and {total - len(names)} more" if total > len(names) else ""
    return ", ".join(names) + more


def count(jobs: int) -> str:
    """`1 job`, `2 jobs`."""
    return "1 job" if jobs == 1 else f"{jobs} jobs"


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
