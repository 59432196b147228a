"""What a start of Snakemake in this tree does before the rules are read."""

import atexit
import gc
import os
import sys
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import forkserver, snakemake_patches
from groundwork_harness.pipeline.config import ConfigError


def prepare(results: str) -> None:
    """Start fast, in the right folder, and say what cannot be known of `results`.

    Raises `ConfigError` in any other folder: Snakemake takes paths from where it was started.
    """
    if not ROOT.samefile(os.getcwd()):
        raise ConfigError(f"run snakemake in {ROOT}, or add: --directory {ROOT}")
    _start_fast()
    _warn_of_lost_records(results)


def before_jobs(workflow: Any) -> None:
    """What a run needs once it is known that something runs."""
    snakemake_patches.apply(workflow)
    forkserver.start()


def _start_fast() -> None:
    """Habits that cost a start of Snakemake a third of its time in a large project.

    With nothing to do at smoke scale, processor time: 3.2 s; without the first 3.5 s, without the
    second 4.1 s, with neither 4.6 s.
    """
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
