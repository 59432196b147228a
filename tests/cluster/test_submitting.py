"""Really submitted: GPU rules go to Slurm with what they ask for, all others stay."""

import json
import os
import shutil

import pytest
from cluster.conftest import TRIED_QUARTO, Cluster

# Each job starts Snakemake twice on the node; GROUNDWORK_SLURM_JOBS=200 queues as many.
MANY = int(os.environ.get("GROUNDWORK_SLURM_JOBS", "12"))
NAMES = ("here", "timed_0", "timed_1", "there_0", "there_1")
by_name = pytest.mark.usefixtures("slurm")  # which skips a test by its name


@pytest.fixture(scope="module")
def plain(one_node, checkout_with_tiny, tmp_path_factory):
    """One run of two GPU rules and three plain ones; the submitter alone has a `quarto` command."""
    if isinstance(one_node, str):
        return None  # each test says so by itself
    cluster = Cluster(checkout_with_tiny, one_node)
    cluster.plan(**{name: {"seconds": 2} for name in NAMES if name != "here"})
    commands = tmp_path_factory.mktemp("commands")
    (commands / "quarto").write_text(TRIED_QUARTO)
    (commands / "quarto").chmod(0o755)
    usual = cluster.environment["PATH"]
    both = {"PATH": f"{commands}{os.pathsep}{usual}", "GROUNDWORK_TEST_NODE_PATH": usual}
    done = cluster.run(*(f"tiny/{name}.json" for name in NAMES), environment=both)
    assert done.returncode == 0, done.stderr
    return str(commands), {name: cluster.record(name) for name in NAMES}


@by_name
def test_a_gpu_rule_gets_the_gpu_memory_time_and_cores_it_asked_for(plain):
    records = plain[1]
    for name in ("there_0", "there_1"):
        asked = records[name]["slurm"]
        assert asked["Partition"] == "gpu"
        assert asked["TresPerJob"] == "gres:gpu:1"
        assert asked["MinMemoryNode"] == "300M"
        assert asked["TimeLimit"] == "00:05:00"
        assert asked["NumCPUs"] == "1"
        assert asked["JobName"].startswith("groundwork_")
        assert records[name]["gpus"] == "0"  # as Slurm numbers them within the job


@by_name
def test_a_rule_without_a_gpu_does_not_go_to_slurm(plain):
    assert {plain[1][name]["job"] for name in ("here", "timed_0", "timed_1")} == {None}


def follow(records, *names):
    """Whether one job began after the other had ended."""
    first, second = sorted((records[name]["began"], records[name]["ended"]) for name in names)
    return first[1] <= second[0]


@by_name
def test_two_gpu_jobs_never_share_the_one_gpu(plain):
    assert follow(plain[1], "there_0", "there_1")


@by_name
def test_rules_that_take_every_core_still_run_alone(plain):
    """Snakemake by itself forgets the cores of local jobs when others are sent away."""
    assert follow(plain[1], "timed_0", "timed_1")


@by_name
def test_what_auto_means_is_decided_by_the_submitter(plain):
    commands, records = plain
    for name in ("there_0", "there_1"):
        assert commands not in records[name]["path"].split(os.pathsep)  # the node has no quarto
        assert "('engine', 'quarto')" in records[name]["resolved"]
        # Neither host has a GPU by its own look; the profile says that the cluster has.
        assert "('gpu', True)" in records[name]["resolved"]


def test_many_small_queued_jobs_complete(slurm):
    slurm.plan()
    sent = ["--set-resources", "many:away=1", "many:mem_mb=50", "many:runtime=5"]
    many = {"GROUNDWORK_TEST_MANY": str(MANY)}
    done = slurm.run("all_many", "--jobs", str(MANY), *sent, environment=many, timeout=1400)
    assert done.returncode == 0, done.stderr
    jobs = {path.read_text().strip() for path in slurm.tiny.glob("many_*.txt")}
    assert "none" not in jobs  # each ran under Slurm
    assert len(jobs) == MANY


def test_a_gpu_rule_of_the_project_runs_in_slurm(slurm):
    """The transformer's training at smoke scale, on the GPU partition though it computes on cores."""
    shutil.rmtree(slurm.root / "results" / "smoke" / "transformer", ignore_errors=True)
    record = "results/smoke/transformer/train.json"
    done = slurm.run(
        record, "--configfile", "workflow/scales/smoke.yaml", "--verbose",
        "--set-resources", "transformer_train:gpu=1", snakefile="Snakefile",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sent = [line for line in done.stderr.splitlines() if "sbatch" in line and "--comment" in line]
    assert len(sent) == 1
    for word in ("--comment rule_transformer_train", "-p gpu", "--gpus=1", "--mem 4000", "-t 60"):
        assert word in sent[0]
    assert json.loads((slurm.root / record).read_text())["claims"]
