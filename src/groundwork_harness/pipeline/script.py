"""`groundwork script TARGET`: what a run would do for a target, as a shell script without Snakemake.

For a machine that has the target's packages and this checkout but no Snakemake: a rented GPU, say.
The commands are those of Snakemake's own plan, in an order that their files allow.
"""

import hashlib
import shlex
from pathlib import Path

from groundwork.core.provenance import commit
from groundwork_harness.pipeline import forkserver
from groundwork_harness.pipeline.config import Config, downloads
from groundwork_harness.pipeline.why import Planned, plan

HEAD = """#!/bin/sh
# Makes {targets} without Snakemake: `groundwork script {words}`, at commit {commit}.
# Run it in the root of a checkout of that commit; started again, it goes on after what is done.
set -eu
export PYTHONPATH="$PWD/src" PYTHONHASHSEED=0 GROUNDWORK_DATA={data}
done=.snakemake/groundwork/script
mkdir -p $done
"""
JOB = """
# {label}
if ! [ -e $done/{mark} ] || ! ls {outputs} > /dev/null 2>&1; then
echo {label}
mkdir -p {folders}
{command} || {{ tail -n 15 {logs}; exit 1; }}
touch $done/{mark}
fi
"""


def script(targets: list[str], options: list[str], config: Config) -> str:
    """The script that makes `targets`; `options` are Snakemake's. Raises `Unplannable`."""
    jobs = _in_order([job for job in plan(targets, options) if job.command])
    at, dirty = commit()
    head = HEAD.format(
        targets=" ".join(targets),
        words=shlex.join([*targets, *options]),
        commit=f"{at or 'unknown'}{', with changes that are not committed' if dirty else ''}",
        data=shlex.quote(downloads(config)),
    )
    return head + "".join(map(_job, jobs))


def _job(job: Planned) -> str:
    folders = {str(Path(path).parent) for path in (*job.output, *job.log)}
    return JOB.format(
        label=job.label,
        # The command holds the code's digest and the settings: other ones are run again.
        mark=hashlib.sha256(job.command.encode()).hexdigest()[:16],
        outputs=shlex.join(job.output),
        folders=shlex.join(sorted(folders)),
        command=forkserver.fresh(job.command),
        logs=shlex.join(job.log),
    )


def _in_order(jobs: list[Planned]) -> list[Planned]:
    """The jobs, each after those that make its inputs."""
    waiting, ordered = list(jobs), []
    while waiting:
        unmade = {path for job in waiting for path in job.output}
        ready = [job for job in waiting if unmade.isdisjoint(job.input)]
        ordered += ready
        waiting = [job for job in waiting if job not in ready]
    return ordered
