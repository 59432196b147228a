"""Groundwork: one pipeline, a room for each rules/<room>.smk with a page rooms/<room>.qmd."""

import os
import sys

sys.path.insert(0, f"{workflow.basedir}/src")  # this checkout's own code, always
from groundwork.core.provenance import ROOT
from groundwork.pipeline.config import ConfigError
from groundwork.pipeline.lock import AlreadyRunning
from groundwork.pipeline.house import House
from groundwork.pipeline import loose_ends, startup
from groundwork.pipeline.slurm import OrphansLeft, Silent
from groundwork.press.catalog import titles

if str(ROOT) != os.path.realpath(workflow.basedir):
    raise WorkflowError(
        f"this environment belongs to the checkout {ROOT}; run `make setup` in this one"
    )
try:
    HOUSE = House(config, titles(ROOT / "src/documents"), workflow.global_resources)
except ConfigError as problem:
    raise WorkflowError(str(problem)) from None
if workflow.is_main_process:
    HOUSE.recall(dry=workflow.output_settings.dryrun)
config = HOUSE.config
RESULTS, REPORTS, SCALE = HOUSE.results, HOUSE.reports, HOUSE.config["scale"]


include: "rules/common.smk"
include: "rules/data.smk"


if os.path.exists("rules/native.smk"):

    include: "rules/native.smk"


for room in HOUSE.rooms:

    include: f"rules/{room}.smk"


include: "rules/figures.smk"
include: "rules/cluster.smk"


if os.path.exists("rules/reports.smk"):

    include: "rules/reports.smk"
    include: "rules/ledger.smk"


include: "rules/executors.smk"


loose_ends.refuse(HOUSE, workflow)


onstart:
    try:
        HOUSE.lock(away=workflow.non_local_exec)
    except (AlreadyRunning, OrphansLeft, Silent, OSError) as problem:
        raise WorkflowError(str(problem)) from None
    startup.before_jobs(workflow)
