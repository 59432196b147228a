"""Unfinished work: what the next run makes again, though nothing newer asks for it.

Snakemake deletes a job's old outputs before it runs, and never asks for an intermediate file
while what was made from it is current. Alone, it would leave a hole where a job failed or was
killed: undo the edit that broke the job, and "nothing to be done" while the site is gone. So jobs
are written down as they begin and end, and a run counts as wanted what began and never ended, and
every deliverable under reports/. An intermediate file that someone deleted on purpose is not
remade while its reports are current.
"""

from collections.abc import Iterable
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT

JOURNAL = ROOT / ".snakemake" / "groundwork" / "jobs"
DELIVERABLES = "reports/"


def began(outputs: Iterable[str]) -> None:
    """Note that a job which makes these files starts."""
    _append("+", outputs)


def ended(outputs: Iterable[str]) -> None:
    """Note that a job which makes these files is done."""
    _append("-", outputs)


def owed() -> set[str]:
    """Files whose last job began and never ended well."""
    files: set[str] = set()
    try:
        lines = JOURNAL.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        (files.add if line.startswith("+") else files.discard)(line[1:])
    return files


def tidy() -> None:
    """Shorten the journal to what is owed."""
    write_text(JOURNAL, "".join(f"+{name}\n" for name in sorted(owed())))


def insist() -> None:
    """Have Snakemake make what is owed and every missing deliverable of the target."""
    from snakemake.dag import DAG

    if getattr(DAG.update_needrun, "insists", False):
        return
    plain = DAG.update_needrun

    async def update_needrun(dag: Any, create_inventory: bool = False) -> None:
        asked, files = dag.targetjobs, owed()
        dag.targetjobs = asked | {
            job
            for job in dag.jobs
            if any(f.startswith(DELIVERABLES) or f in files for f in map(str, job.output))
        }
        try:
            await plain(dag, create_inventory)
        finally:
            dag.targetjobs = asked

    update_needrun.insists = True  # type: ignore[attr-defined]
    DAG.update_needrun = update_needrun


def _append(mark: str, outputs: Iterable[str]) -> None:
    try:
        JOURNAL.parent.mkdir(parents=True, exist_ok=True)
        with open(JOURNAL, "a", encoding="utf-8") as file:
            file.write("".join(f"{mark}{name}\n" for name in outputs))
    except OSError:
        pass  # a full disk: the run itself says so
