"""The one place where private parts of Snakemake are replaced, in the versions where that was tried.

With any other version nothing is touched, and a warning says what that costs.

- A job stays owed if it failed, or if what it read was edited meanwhile. Snakemake records a failed job
  like any other, deletes its old output, and does not ask for a missing file while what was made from it
  is there: the same command typed again would find nothing to do. And it takes the checksums of inputs
  when a job has ended. Such a job is recorded with params that no rule has.
- The default pace of 100 jobs a second is dropped; another, asked for, is kept. No option says "no
  pace", and to keep one Snakemake wakes each second and with every job that has ended, and looks at
  all files that waiting jobs read. Measured: the end of a run comes 1.0 s later for it (3.3 s in place
  of 2.4 s for a Snakefile of one job), and 40 jobs that sleep cost 4.7 s of a processor in place of 3.5 s.
"""

import importlib.metadata
import os
import re
import sys
import time
from typing import Any

# The versions of Snakemake that were tried. 9.20 keeps the time at which a job first ran, and would
# take each later edit of an input for one while it ran.
FIRST, BEFORE = (9, 27), (9, 28)
FAILED = "its last run failed"
EDITED = "an input was edited while it last ran"


def apply(workflow: Any, version: str = "") -> None:
    """Replace them in a workflow that is about to run; `version`: default, the one installed."""
    version = version or importlib.metadata.version("snakemake")
    if tried(version):
        _drop_default_pace(workflow)
        _keep_owed(workflow.persistence)
    else:
        print(
            f"warning: Snakemake {version} was not tried with this pipeline, so a job that failed, or "
            "one whose input was edited while it ran, may count as done; requirements.lock names "
            "the version that was",
            file=sys.stderr,
        )


def tried(version: str) -> bool:
    """Whether a version of Snakemake is among those that were tried."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is not None and FIRST <= (int(found[1]), int(found[2])) < BEFORE


def _drop_default_pace(workflow: Any) -> None:
    pace = workflow.scheduling_settings.max_jobs_per_timespan
    if pace and (pace.max_jobs, pace.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def _keep_owed(records: Any) -> None:
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
