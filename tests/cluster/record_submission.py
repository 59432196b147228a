"""Measure what sending a job to Slurm costs, and record it for the guide.

    python tests/cluster/record_submission.py        # root, Debian's Slurm packages, two quiet minutes

Jobs of no work run through Snakemake here, through the one-node Slurm one by one, and through it in
groups. The raw samples go to src/recorded/one-node-slurm/cluster/submission.json.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "tests", "workflow/tools")]

from checkouts import fresh_checkout  # noqa: E402  (the path comes first)
from cluster import one_node_slurm  # noqa: E402
from cluster.conftest import HERE, Cluster, install_plugin, lay_tiny  # noqa: E402

from groundwork.core.atomic import write_json  # noqa: E402
from groundwork.core.provenance import provenance  # noqa: E402

OUT = ROOT / "src" / "recorded" / "one-node-slurm" / "cluster" / "submission.json"
REPEATS = 3
GROUP = 4


def timed(cluster: Cluster, *words: str) -> float:
    """Seconds of one Snakemake run that makes everything asked for."""
    cluster.plan()
    began = time.perf_counter()
    done = cluster.run(*words)
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    return seconds


def files(cluster: Cluster) -> int:
    """Files in Snakemake's own folder."""
    return sum(p.is_file() for p in (cluster.root / ".snakemake").rglob("*"))


def measure(cluster: Cluster) -> dict:
    """Raw samples: seconds of each run, and files that one more job leaves."""
    many = [f"tiny/many_{n}.txt" for n in range(GROUP)]
    sent = ["--set-resources", "many:away=1", "many:mem_mb=50", "many:runtime=5"]
    grouped = [*sent, "--groups", "many=small", "--group-components", f"small={GROUP}"]
    samples: dict = {"here": [], "sent": [], "group": [], "load": []}
    for _ in range(REPEATS):
        samples["load"].append(os.getloadavg()[0])
        samples["here"].append(timed(cluster, many[0]))
        samples["sent"].append(timed(cluster, many[0], *sent))
        samples["group"].append(timed(cluster, *many, *grouped))
    before = files(cluster)
    timed(cluster, "tiny/there_0.json", "tiny/there_1.json")
    return {**samples, "files": (files(cluster) - before) / 2, "group_size": GROUP}


def main() -> None:
    """Start Slurm, measure, stop it, write the record."""
    with tempfile.TemporaryDirectory() as folder:
        plugin = install_plugin(Path(folder) / "plugin")
        if isinstance(plugin, str):
            sys.exit(plugin)
        checkout = fresh_checkout(Path(folder) / "house")
        lay_tiny(checkout)
        one_node_slurm.stop()
        one_node_slurm.start()
        try:
            asked = subprocess.run(["sinfo", "--version"], capture_output=True, text=True)
            slurm = asked.stdout.strip()
            samples = measure(Cluster(checkout, plugin))
        finally:
            one_node_slurm.stop()
    pins = (HERE / "requirements.txt").read_text()
    executor = next(line for line in pins.splitlines() if "plugin-slurm==" in line)
    programs = {
        "snakemake": f"snakemake {version('snakemake')}",
        "slurm": slurm,
        "executor": executor,
    }
    record = provenance("cluster_submission", packages=["snakemake"], script="tests/cluster/record_submission.py")  # fmt: skip
    write_json(OUT, {"samples": {**samples, "cores": os.cpu_count(), "system": platform.system()},
                     "programs": programs, "provenance": record})  # fmt: skip
    print(f"{OUT.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
