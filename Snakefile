"""Groundwork: one pipeline, a room for each rules/<room>.smk with a page rooms/<room>.qmd."""

import os
import sys

sys.path.insert(0, f"{workflow.basedir}/src")  # this checkout's own code, always
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.config import ConfigError
from groundwork_harness.pipeline.lock import AlreadyRunning
from groundwork_harness.pipeline.context import Context
from groundwork_harness.pipeline import missing_inputs, startup
from groundwork_harness.pipeline.slurm import OrphansLeft, Silent
from groundwork_harness.documents.catalog import titles

if str(ROOT) != os.path.realpath(workflow.basedir):
    raise WorkflowError(
        f"this environment belongs to the checkout {ROOT}; run `make setup` in this one"
    )
try:
    CONTEXT = Context(config, titles(ROOT / "src/documents"), workflow.global_resources)
except ConfigError as problem:
    raise WorkflowError(str(problem)) from None
if workflow.is_main_process:
    CONTEXT.invalidate(dry=workflow.output_settings.dryrun)
config = CONTEXT.config
RESULTS, REPORTS, SCALE = CONTEXT.results, CONTEXT.reports, CONTEXT.config["scale"]


include: "rules/common.smk"
include: "rules/data.smk"


if os.path.exists("rules/native.smk"):

    include: "rules/native.smk"


for room in CONTEXT.rooms:

    include: f"rules/{room}.smk"


include: "rules/figures.smk"
include: "rules/cluster.smk"


if os.path.exists("rules/reports.smk"):

    include: "rules/reports.smk"
    include: "rules/ledger.smk"


include: "rules/executors.smk"


missing_inputs.refuse(CONTEXT, workflow)


onstart:
    try:
        CONTEXT.lock(away=workflow.non_local_exec)
    except (AlreadyRunning, OrphansLeft, Silent, OSError) as problem:
        raise WorkflowError(str(problem)) from None
    startup.before_jobs(workflow)
