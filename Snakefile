"""Groundwork: thirteen assignments, one pipeline. Contents page; the work is in rules/."""

import os
import sys

sys.path.insert(0, f"{workflow.basedir}/src")  # this checkout's own code, always
from groundwork.core.provenance import ROOT
from groundwork.pipeline.config import ConfigError
from groundwork.pipeline.lock import AlreadyRunning
from groundwork.pipeline.house import House
from groundwork.pipeline import loose_ends, startup
from groundwork.pipeline.slurm import OrphansLeft, Silent

ROOMS = {
    "operators": "1.1 The operator-theoretic view of neural networks",
    "calculus": "1.2 The calculus of optimization",
    "scheduler": "2.1 The computational graph optimizer",
    "matmul": "2.2 The strided-memory challenge",
    "kernel_ridge": "3.1 Kernel methods and dual representations",
    "mixtures": "3.2 Latent variable models",
    "autograd": "4.1 MicroGrad++, the autograd engine",
    "transformer": "4.2 The transformer from scratch",
    "gpu_kernels": "5.1 High-performance kernels",
    "data_parallel": "5.2 Distributed training",
    "alignment": "6.1 Alignment",
    "diffusion": "6.2 Diffusion models",
    "reproduction": "7 The paper reproduction",
}

if str(ROOT) != os.path.realpath(workflow.basedir):
    raise WorkflowError(
        f"this environment belongs to the checkout {ROOT}; run `make setup` in this one"
    )
try:
    HOUSE = House(config, ROOMS, workflow.global_resources)
except ConfigError as problem:
    raise WorkflowError(str(problem)) from None
if workflow.is_main_process:
    HOUSE.recall()
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
