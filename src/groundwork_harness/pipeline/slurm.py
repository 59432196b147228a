"""Slurm jobs of this tree whose run is gone: found and named, and cancelled on request.

A run that is killed leaves its Slurm jobs working, and the executor plugin does not take them up
again. Two writers of one result must not meet, so a new run waits for the user's word.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.lock import RunLock

STATE = ROOT / ".snakemake" / "groundwork"
MARK = STATE / "slurm"  # a run of this tree has sent jobs away; without it nobody asks squeue
FIELDS = "%i\t%T\t%V\t%k\t%Z"  # id, state, time of submission, comment, folder


class OrphansLeft(RuntimeError):
    """Jobs of a run that is gone still work in this tree."""


class Silent(RuntimeError):
    """Slurm does not answer, so nobody knows what works in this tree."""


@dataclass(frozen=True)
class Orphan:
    """A Slurm job whose run is gone."""

    job: str
    state: str
    rule: str

    def __str__(self) -> str:
        return f"{self.job} {self.rule} ({self.state.lower()})"


def orphans() -> list[Orphan]:
    """Jobs submitted from this tree before its live run began, or by any run if none is live.

    Raises `Silent` when jobs were sent away from here once and Slurm does not answer now.
    """
    if not MARK.is_file() or shutil.which("squeue") is None:
        return []
    lock = RunLock(STATE / "run.lock")
    began = lock.path.stat().st_mtime if lock.holder() else float("inf")
    found = []
    for line in _squeue().splitlines():
        job, state, submitted, comment, folder = line.split("\t", 4)
        if os.path.realpath(folder) != os.path.realpath(ROOT):
            continue
        if datetime.fromisoformat(submitted).timestamp() < began - 1:
            found.append(
                Orphan(job, state, comment.removeprefix("rule_").replace("_wildcards_", " "))
            )
    return found


def refuse_orphans() -> None:
    """Raise `OrphansLeft`, naming the jobs and the two ways on, if there are any."""
    if left := orphans():
        names = "\n".join(f"  {orphan}" for orphan in left)
        raise OrphansLeft(
            f"Slurm jobs of a run that is gone still work in this tree:\n{names}\n"
            "wait until they end (their results count), or cancel them: "
            "groundwork doctor --cancel-orphans"
        )


def cancel(jobs: list[Orphan]) -> None:
    """Cancel them."""
    if jobs:
        subprocess.run(["scancel", *(orphan.job for orphan in jobs)], check=True, timeout=60)


def _squeue() -> str:
    command = ["squeue", "--me", "--noheader", "-o", FIELDS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        raise Silent(
            "jobs were sent to Slurm from this tree, and Slurm does not answer now, so whether some "
            f"still work here is not known ({type(problem).__name__}). If none does, delete "
            f"{MARK.relative_to(ROOT)} and run again"
        ) from None
    return done.stdout
