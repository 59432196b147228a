"""Profiles, as they are written; and the generic one, submitting to a scheduler made of a script."""

import re
import sys
from types import SimpleNamespace

import pytest
import yaml
from cluster.conftest import TRIED_QUARTO, Cluster

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.config import complete
from groundwork_harness.pipeline.context import Context

PROFILES = sorted(p.parent.name for p in (ROOT / "profiles").glob("*/config.yaml"))
STANDARD = {"mem_mb", "runtime", "gpu"}
# A scheduler whose jobs know nothing of the shell that submitted them.
BSUB = """#!/bin/sh
echo "$@" >> bsub.txt
script=$(mktemp)
cat > "$script"
env -i PATH=/usr/bin:/bin PYTHONPATH="$PYTHONPATH" sh "$script" > bsub.log 2>&1 &
echo $!
"""


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "default"])
def test_each_profile_repeats_the_default_one(name):
    """A workflow profile replaces the default one, which would be forgotten with it."""
    default, other = profile("default"), profile(name)
    assert set(default.pop("resources")) <= set(other["resources"])
    assert {key: other.get(key) for key in default} == default


def gpu_rules():
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for rule in re.split(r"^(?=rule |use rule )", path.read_text(), flags=re.M):
            if rule.startswith("use rule") and re.search(r"^        gpu=", rule, re.M):
                yield pytest.param(rule, id=re.match(r"use rule step as (\w+)", rule)[1])


@pytest.mark.parametrize("rule", list(gpu_rules()))
def test_a_gpu_rule_names_standard_resources_and_takes_a_device_of_its_own(rule):
    resources = re.search(r"    resources:\n((?:        .*\n)+)", rule)[1]
    names = re.findall(r"^        (\w+)=", resources, re.M)
    assert set(names) == STANDARD
    assert re.search(r"mem_mb=grow\(", resources)  # a retry asks for more
    assert re.search(r"runtime=grow\(", resources)
    assert "environment=" not in rule  # the base rule's asks for the device


def test_the_curriculums_own_sizes_ask_for_a_gpu_and_the_laptops_do_not():
    for scale, wanted in (("full", 1), ("laptop", 0), ("smoke", 0)):
        house = SimpleNamespace(config=complete({"scale": scale}))  # a whole one is for Snakemake
        assert Context.gpu(house, "transformer", "train", "loop") == wanted


def test_a_retry_asks_for_once_more():
    ask = Context.grow(4000)
    assert [ask(None, attempt=n) for n in (1, 2, 3)] == [4000, 8000, 12000]


def test_no_rule_says_by_itself_how_often_it_is_retried():
    """A job on a node reads the rule too, and would go through all tries in the first one's memory."""
    for path in (ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")):
        assert not re.search(r"^\s+retries:", path.read_text(), re.MULTILINE), path.name


@pytest.fixture
def generic(checkout_with_tiny, plugin, tmp_path):
    """A cluster whose scheduler is a script, and what runs Snakemake with the generic profile."""
    if isinstance(plugin, str):
        pytest.skip(f"the generic profile did NOT run: {plugin}")
    cluster = Cluster(checkout_with_tiny, plugin)
    cluster.plan()
    (cluster.root / "bsub.txt").unlink(missing_ok=True)
    for name, text in (("bsub", BSUB), ("quarto", TRIED_QUARTO)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    command = [sys.executable, "-m", "snakemake", "-s", "tiny.smk", "tiny/there_0.json"]
    command += ["--cores", "2", "--workflow-profile", "profiles/generic"]
    command += ["--seconds-between-status-checks", "1"]
    paths = {"PATH": f"{tmp_path}:{cluster.environment['PATH']}"}
    return cluster, lambda: cluster.checkout.run(command, cluster.environment | paths, timeout=240)


def test_the_generic_profile_submits_with_the_rules_resources(generic, tmp_path):
    """And the submitter's word on `auto` reaches a job that inherits no environment."""
    cluster, run = generic
    done = run()
    assert done.returncode == 0, done.stderr
    asked = (cluster.root / "bsub.txt").read_text().split()
    for words in ("-q gpu", "-J there", "-n 8", "-gpu num=1", "-R rusage[mem=300MB]", "-W 5"):
        assert words in " ".join(asked)
    record = cluster.record("there_0")
    assert str(tmp_path) not in record["path"]
    assert "('engine', 'quarto')" in record["resolved"]


def test_the_generic_profile_retries_as_often_as_it_says_with_more_each_time(generic):
    cluster, run = generic
    cluster.plan(there_0={"fails": 9})
    done = run()
    assert done.returncode != 0
    assert cluster.tries() == {"there_0": 1 + profile("generic")["retries"]}, done.stderr
    asked = re.findall(r"mem=(\d+)MB", (cluster.root / "bsub.txt").read_text())
    assert asked == ["300", "600", "900"]
