"""What a start of Snakemake in this tree does before the rules are read."""

import atexit
import gc
import sys
from typing import Any

from groundwork.core.provenance import ROOT


def prepare(results: str) -> None:
    """Start fast, and say what cannot be known of `results`."""
    _start_fast()
    _warn_of_lost_records(results)


def sleep_between_jobs(workflow: Any) -> None:
    """Drop Snakemake's default pace of 100 jobs a second, before the first job.

    To keep it, Snakemake wakes every second, once more with every job that has ended, and looks
    at all files that waiting jobs read: late in a long build a quarter of a core, which the
    benchmarks then lack. No run here starts jobs so fast. Another pace, asked for, is kept.
    """
    pace = workflow.scheduling_settings.max_jobs_per_timespan
    if pace and (pace.max_jobs, pace.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def _start_fast() -> None:
    """Habits that cost a start of Snakemake a fifth of its time in a large house."""
    # It imports pandas only to ask of each param whether it is a table; ours are text.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
    # It builds a large graph and drops little of it: looking for garbage finds none, at the end of
    # the process least of all.
    gc.freeze()
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


def _warn_of_lost_records(results: str) -> None:
    """Say so where results are there and the record of what they were made with is not."""
    records = ROOT / ".snakemake" / "metadata"
    if any((ROOT / results).glob("*/*.json")) and not any(records.glob("*")):
        print(
            f"warning: {results} is there, but .snakemake holds no record of how it was made, so "
            "changed code or settings go unnoticed; add --forceall, or move it aside and take in "
            "what matches: groundwork adopt FOLDER",
            file=sys.stderr,
        )
