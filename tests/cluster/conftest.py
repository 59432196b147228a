"""A real Slurm for the tests of this folder, and Snakemake submitting to it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import Checkout, fresh_checkout
from cluster import one_node_slurm

from groundwork_harness.pipeline.config import QUARTO

HERE = Path(__file__).parent
REQUIRED = "GROUNDWORK_SLURM_TESTS"  # set to `required` where a missing Slurm is a fault
# `render.engine: auto` takes no other version than those that were tried.
TRIED_QUARTO = f"#!/bin/sh\necho {'.'.join(map(str, QUARTO))}\n"
# The plugin waits 10 s longer after each look that finds no job done; so the first comes late.
POLL = ["--slurm-init-seconds-before-status-checks", "7", "--seconds-between-status-checks", "7"]
SMALL = ["--default-resources", "slurm_partition=gpu", "cpus_per_task=1"]  # of the node's 8 cores


@dataclass
class Cluster:
    """A checkout whose Snakemake sends jobs to the one-node Slurm, with the plugin at hand."""

    checkout: Checkout
    plugin: Path

    def __post_init__(self) -> None:
        self.root = self.checkout.root
        self.tiny = self.root / "tiny"
        self.started: list[subprocess.Popen] = []

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.root / "src"), str(self.plugin)])
        return {**self.checkout.environment, "PYTHONPATH": path}

    def plan(self, **jobs: dict) -> None:
        """Say what the tiny jobs do, and forget what they did before."""
        shutil.rmtree(self.tiny, ignore_errors=True)
        (self.root / "tiny.json").write_text(json.dumps(jobs))

    def command(self, *words: str, snakefile: str = "tiny.smk") -> list[str]:
        profile = ["--workflow-profile", "profiles/slurm", *POLL, *SMALL]
        return [
            sys.executable,
            "-m",
            "snakemake",
            *words,
            "-s",
            snakefile,
            "--cores",
            "2",
            *profile,
        ]

    def run(self, *words: str, environment: dict | None = None, timeout: int = 600, **options):
        """Run Snakemake to its end."""
        return subprocess.run(
            self.command(*words, **options), cwd=self.root, capture_output=True, text=True,
            env={**self.environment, **(environment or {})}, timeout=timeout,
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen:
        """Start Snakemake and come back."""
        run = subprocess.Popen(
            self.command(*words), cwd=self.root, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.started.append(run)
        return run

    def groundwork(self, *words: str) -> str:
        """What the project's own command prints."""
        command = [sys.executable, "-m", "groundwork_harness.pipeline.cli", *words]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def record(self, name: str) -> dict:
        """What a tiny job wrote."""
        return json.loads((self.tiny / f"{name}.json").read_text())

    def tries(self) -> Counter:
        """How often each tiny job began."""
        path = self.tiny / "tries.txt"
        return Counter(path.read_text().split() if path.exists() else [])

    def until_running(self, name: str) -> str:
        """Wait till a tiny job works; its id in Slurm."""
        deadline = time.monotonic() + 300
        while not self.tries()[name]:
            assert time.monotonic() < deadline, f"{name} did not begin"
            time.sleep(0.2)
        return (self.tiny / f"{name}.job").read_text()


def squeue() -> list[str]:
    """Ids of the jobs that wait or run."""
    done = subprocess.run(["squeue", "-h", "-o", "%i"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def install_plugin(folder: Path) -> Path | str:
    """The folder, once it holds the executor plugins; or why it does not."""
    wanted = (HERE / "requirements.txt").read_text()
    done = folder / "done"
    if not done.exists() or done.read_text() != wanted:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        command += ["--target", str(folder), "-r", str(HERE / "requirements.txt")]
        installed = subprocess.run(command, capture_output=True, text=True)
        if installed.returncode:
            return f"the executor plugin cannot be installed: {installed.stderr.strip()[-200:]}"
        done.write_text(wanted)
    return folder


def lay_tiny(checkout: Checkout) -> None:
    """Put the tiny workflow into a checkout."""
    shutil.copy(HERE / "tiny" / "Snakefile", checkout.root / "tiny.smk")
    shutil.copy(HERE / "tiny" / "tiny.py", checkout.root)


@pytest.fixture(scope="session")
def plugin(request):
    """The folder that holds the executor plugins, or why there is none."""
    return install_plugin(request.config.cache.mkdir("executor-plugins"))


@pytest.fixture(scope="session")
def one_node(plugin):
    """A running Slurm and the plugin's folder; or why there is none."""
    reason = one_node_slurm.missing() or (plugin if isinstance(plugin, str) else "")
    if reason:
        yield reason
        return
    one_node_slurm.stop()
    try:
        one_node_slurm.start()
        yield plugin
    finally:
        one_node_slurm.stop()


@pytest.fixture(scope="session")
def checkout_with_tiny(tmp_path_factory):
    made = fresh_checkout(tmp_path_factory.mktemp("cluster") / "house")
    lay_tiny(made)
    return made


@pytest.fixture
def slurm(request, one_node, checkout_with_tiny):
    """Snakemake submitting to a real Slurm; where there can be none the test is skipped by name."""
    if isinstance(one_node, str):
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"no Slurm: {one_node}")
        pytest.skip(f"{request.node.name} did NOT run: {one_node}")
    cluster = Cluster(checkout_with_tiny, one_node)
    yield cluster
    for run in cluster.started:
        if run.poll() is None:  # the test failed midway
            run.kill()
            run.wait()
    subprocess.run(["scancel", "--me"], check=True)
    deadline = time.monotonic() + 30
    while squeue() and time.monotonic() < deadline:
        time.sleep(0.1)
