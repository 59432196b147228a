"""The patches of Snakemake: on where they were tried, off with a warning elsewhere."""

import asyncio
import importlib.metadata
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from snakemake.persistence import PersistenceBase
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.settings.types import MaxJobsPerTimespan

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pins, snakemake_patches


class Records:
    """What Snakemake's own records are asked for, over a dictionary."""

    def __init__(self):
        self.held = {}

    async def finished(self, job):
        for path in job.output:
            self.held[path] = SimpleNamespace(starttime=job.began, params=["as planned"])

    def _clear_cache(self):
        pass

    def _get_key(self, path):
        return path

    def _read_record(self, key):
        return self.held[key]

    def _write_record(self, key, record):
        self.held[key] = record


def workflow(records=None, pace="100/1s"):
    """What a Snakefile's `workflow` holds when a run begins."""
    settings = SimpleNamespace(max_jobs_per_timespan=MaxJobsPerTimespan.parse_choice(pace))
    scheduler = SimpleNamespace(job_rate_limiter=pace)
    return SimpleNamespace(
        persistence=records or Records(), scheduling_settings=settings, scheduler=scheduler
    )


def recorded(version, output, *inputs, began=0.0):
    """The params that a job is recorded with, under a version of Snakemake."""
    records = Records()
    snakemake_patches.apply(workflow(records), version)
    job = SimpleNamespace(output=[output], input=inputs, began=began)
    with ThreadPoolExecutor(1) as pool:  # a browser's test may have left a loop in this thread
        pool.submit(asyncio.run, records.finished(job)).result()
    return records.held[output].params


@pytest.mark.parametrize("version", ["9.27.1", "9.27.2rc1"])
def test_a_job_that_failed_or_read_what_was_edited_is_recorded_as_owed(tmp_path, capsys, version):
    made, source = str(tmp_path / "made"), tmp_path / "source"
    assert recorded(version, made) == [snakemake_patches.FAILED]
    source.touch()
    (tmp_path / "made").touch()
    edited = os.path.getmtime(source)
    assert recorded(version, made, str(source), began=edited - 1) == [snakemake_patches.EDITED]
    assert recorded(version, made, str(source), began=edited + 1) == ["as planned"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("version", ["9.20.0", "9.28.0", "10.1.0", "8.30.0", "unknown"])
def test_an_untried_snakemake_is_left_as_it_is_with_a_warning(tmp_path, capsys, version):
    assert recorded(version, str(tmp_path / "gone")) == ["as planned"]
    said = capsys.readouterr().err
    assert said.startswith(f"warning: Snakemake {version} was not tried")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("version", "pace", "kept"),
    [
        ("9.27.1", "100/1s", False),
        ("9.27.1", "50/1s", True),
        ("9.27.1", "100/2s", True),
        ("9.28.0", "100/1s", True),
    ],
)
def test_only_the_default_pace_is_dropped(version, pace, kept):
    run = workflow(pace=pace)
    snakemake_patches.apply(run, version)
    assert (run.scheduler.job_rate_limiter == pace) == kept


def test_the_version_that_is_pinned_and_the_one_that_is_here_were_tried():
    assert snakemake_patches.tried(pins.read(ROOT / pins.BUILD)["snakemake"])
    if snakemake_patches.tried(importlib.metadata.version("snakemake")):
        for name in ("finished", "_clear_cache", "_get_key", "_read_record", "_write_record"):
            assert callable(getattr(PersistenceBase, name)), "Snakemake's own name"
        assert "job_rate_limiter" in JobScheduler.__init__.__code__.co_names
