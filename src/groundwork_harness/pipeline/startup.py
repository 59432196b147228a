"""What a start of Snakemake in this tree does before the rules are read."""

import atexit
import gc
import os
import sys
import time
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import forkserver
from groundwork_harness.pipeline.config import ConfigError

FAILED = "its last run failed"
EDITED = "an input was edited while it last ran"


def prepare(results: str) -> None:
    """Start fast, in the right folder, and say what cannot be known of `results`.

    Raises `ConfigError` in any other folder: Snakemake takes paths from where it was started.
    """
    if not ROOT.samefile(os.getcwd()):
        raise ConfigError(f"run snakemake in {ROOT}, or add: --directory {ROOT}")
    _start_fast()
    _warn_of_lost_records(results)


def before_jobs(workflow: Any) -> None:
    """What Snakemake itself should do otherwise, once it is known that something runs."""
    sleep_between_jobs(workflow)
    distrust_jobs(workflow)
    forkserver.start()


def sleep_between_jobs(workflow: Any) -> None:
    """Drop Snakemake's default pace of 100 jobs a second.

    To keep it, Snakemake wakes every second, once more with every job that has ended, and looks
    at all files that waiting jobs read: late in a long build a quarter of a core, which the
    benchmarks then lack. No run here starts jobs so fast. Another pace, asked for, is kept.
    """
    pace = workflow.scheduling_settings.max_jobs_per_timespan
    if pace and (pace.max_jobs, pace.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def distrust_jobs(workflow: Any) -> None:
    """Have a job run again that failed, or during which somebody edited what it read.

    Snakemake records a failed job like any other, deletes its old output, and does not ask for a
    missing file while what was made from it is there: the same command typed again would find
    nothing to do. And it takes the checksums of inputs when a job has ended. Such a job is
    recorded with params that are nobody's.
    """
    records = workflow.persistence
    finished = records.finished

    async def finish(job: Any) -> None:
        await finished(job)
        records._clear_cache()  # of what was there before
        for key in map(records._get_key, job.output):
            record = records._read_record(key)
            if doubt := _doubt(job, record.starttime):
                record.params = [doubt]
                records._write_record(key, record)

    records.finished = finish


def _doubt(job: Any, began: float) -> str:
    if not all(os.path.exists(output) for output in job.output):
        return FAILED
    sources = [path for path in job.input if not path.startswith(("results/", "reports/"))]
    try:
        edited = any(began < os.path.getmtime(path) <= time.time() for path in sources)
    except FileNotFoundError:
        edited = True
    return EDITED if edited else ""


def _start_fast() -> None:
    """Habits that cost a start of Snakemake a fifth of its time in a large project."""
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
