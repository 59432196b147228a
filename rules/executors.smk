"""Where jobs run: rules that ask for a GPU (or for `away`) go where an executor sends them, all others stay."""

from groundwork_harness.pipeline import gpu_allocation

CORES = workflow.global_resources["_cores"].value

for each in workflow.rules:
    if not CONTEXT.asks(each.resources, "gpu", "away"):
        workflow.localrules(each.name)
        each.restart_times = 0  # a profile's retries are for jobs that are sent away
        # Snakemake bounds the cores of local jobs only where every job is local.
        each.resources["local_threads"] = lambda wildcards, threads: threads
if CORES is not None:
    workflow.global_resources["local_threads"] = CORES

# On a machine with GPUs as many GPU jobs at once as it has, unless --resources gpu=N says otherwise.
if any(CONTEXT.asks(each.resources, "gpu") for each in workflow.rules):
    if workflow.is_main_process and (devices := gpu_allocation.lend()):
        workflow.global_resources.setdefault("gpu", len(devices))


# What the `auto` settings mean, for jobs of executors that pass no environment on by themselves.
envvars:
    "GROUNDWORK_RESOLVED",
