"""`groundwork doctor`: what this machine has and lacks, what that changes, how to get it."""

import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import closure, pins, slurm
from groundwork_harness.pipeline.config import Config, load
from groundwork_harness.pipeline.lock import RunLock


@dataclass(frozen=True)
class Sign:
    """One thing looked at: what was found, what it changes, how to get it where it lacks."""

    name: str
    fine: bool
    found: str
    effect: str
    remedy: str = ""


def examine(config: Config) -> Iterator[Sign]:
    """Every sign, in the order in which a build meets them."""
    yield _python()
    yield packages()
    yield _command(
        "compiler", os.environ.get("CXX", "c++"), "builds native/", "apt install g++", "--version"
    )
    yield _simd()
    yield _gpu()
    yield _counters()
    yield _command(
        "cachegrind", "valgrind", "simulates cache misses where counters lack",
        "apt install valgrind", "--version",
    )  # fmt: skip
    yield _command(
        "LaTeX", "pdflatex", "sets the PDFs (else Typst does)",
        "apt install --no-install-recommends texlive-latex-recommended lmodern", "--version",
    )  # fmt: skip
    yield _command(
        "Quarto", "quarto", "renders documents, 1.9.38 was tried (else the embedded engine does)",
        "pip install 'groundwork[quarto]', or the conda environment", "--version",
    )  # fmt: skip
    yield from _mirrors(config)
    yield _network(config)
    yield _lock()
    yield from _slurm()


def report(config: Config) -> str:
    """The signs as text, a line or two each."""
    lines = []
    for sign in examine(config):
        lines.append(f"{'yes' if sign.fine else 'no ':<3}  {sign.name:<11} {sign.found}")
        lines.append(
            f"{'':<17}{sign.effect}" + ("" if sign.fine else f"; to get it: {sign.remedy}")
        )
    return "\n".join(lines)


def _first_line(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    words = (done.stdout or done.stderr).strip().splitlines()
    return words[0] if words and done.returncode == 0 else None


def _command(name: str, program: str, effect: str, remedy: str, *options: str) -> Sign:
    found = _first_line(program, *options)
    return Sign(name, found is not None, found or f"no working {program}", effect, remedy)


def _python() -> Sign:
    cores, memory = os.cpu_count() or 1, _memory()
    words = (
        f"{platform.python_version()} on {platform.platform(terse=True)}, {cores} cores, {memory}"
    )
    return Sign("machine", True, words, "laptop scale wants 2 cores and 8 GB")


def packages() -> Sign:
    """Whether what is installed is what the locks pin; test tools and other machines' packages may lack."""
    differ: list[str] = []
    same = 0
    for name, pinned in {**pins.read(ROOT / pins.TEST), **closure.locked()}.items():
        here = pins.installed(name)
        if here == pinned:
            same += 1
        elif here:
            differ.append(f"{name} {here} (pinned: {pinned})")
    return Sign(
        "packages", not differ, ", ".join(differ) or f"{same} as the locks pin them",
        "results are recorded as made with the pinned versions", "make setup",
    )  # fmt: skip


def _memory() -> str:
    try:
        return (
            f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
        )
    except (ValueError, OSError):
        return "memory unknown"


def _simd() -> Sign:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    names = {"avx512f": "AVX-512", "avx2": "AVX2", "fma": "FMA", "asimd": "NEON"}
    found = [name for flag, name in names.items() if f" {flag}" in flags]
    if platform.machine() == "arm64":
        found = ["NEON"]
    return Sign(
        "SIMD", bool(found), ", ".join(found) or "none found", "native code picks the widest at run time",
        "a scalar path runs without it",
    )  # fmt: skip


def _gpu() -> Sign:
    found = _first_line("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
    return Sign(
        "CUDA GPU", found is not None, found or "none", "GPU steps run here (else recorded results show)",
        "a CUDA machine, or a cluster: --workflow-profile profiles/slurm",
    )  # fmt: skip


def _counters() -> Sign:
    found = _first_line("perf", "stat", "-x,", "-e", "L1-dcache-load-misses", "true") is not None
    if found:
        done = subprocess.run(
            ["perf", "stat", "-x,", "-e", "L1-dcache-load-misses", "true"],
            capture_output=True,
            text=True,
        )
        found = "<not" not in done.stderr
    return Sign(
        "counters", found, "hardware cache counters" if found else "no hardware counters (perf)",
        "cache misses are measured (else simulated)",
        "apt install linux-perf, on a machine that is no virtual one",
    )  # fmt: skip


def _mirrors(config: Config) -> Iterator[Sign]:
    extra = os.environ.get("GROUNDWORK_MIRROR", "")
    for mirror in [*([extra] if extra else []), *config["data"]["mirrors"]]:
        if mirror.startswith(("http://", "https://")):
            fine, found = _answers(mirror, config["data"]["timeout"]), mirror
        else:
            fine, found = (ROOT / mirror).is_dir(), mirror
        words = found if fine else f"{found} is not there"
        remedy = "lay <dataset>/<file> in it, or set GROUNDWORK_MIRROR"
        yield Sign("mirror", fine, words, "data sets come from it first", remedy)


def _network(config: Config) -> Sign:
    entry = next(iter(load(ROOT / "workflow" / "datasets.yaml").values()))
    address = entry["base"][0]
    fine = _answers(address, config["data"]["timeout"])
    host = urlsplit(address).hostname
    return Sign(
        "network", fine, f"{host} answers" if fine else f"{host} does not answer",
        "data sets can be downloaded (else mirrors, else stand-ins)", "connect, or use a mirror",
    )  # fmt: skip


def _answers(address: str, timeout: float) -> bool:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        socket.create_connection((parts.hostname or "", port), timeout=timeout).close()
    except OSError:
        return False
    return True


def _lock() -> Sign:
    holder = RunLock(ROOT / ".snakemake" / "groundwork" / "run.lock").holder()
    old = list((ROOT / ".snakemake" / "locks").glob("*"))
    found = f"a run is live (pid {holder})" if holder else "no run is live"
    if old:
        found += "; Snakemake's own lock files lie in .snakemake/locks (ignored: nolock)"
    return Sign(
        "lock", holder is None, found, "one run at a time may work in this tree",
        f"wait for it, or: kill {holder}",
    )  # fmt: skip


def _slurm() -> Iterator[Sign]:
    """Jobs that a dead run left on the cluster; nothing where this tree never sent any there."""
    if not slurm.MARK.is_file():
        return
    effect = "a new run waits until none is left, so that no result has two writers"
    try:
        left = slurm.orphans()
    except slurm.Silent as problem:
        yield Sign("Slurm", False, "does not answer", effect, str(problem))
        return
    names = ", ".join(map(str, left))
    yield Sign(
        "Slurm", not left, f"jobs of a run that is gone: {names}" if left else "no job of a dead run",
        effect, "wait, or cancel them: groundwork doctor --cancel-orphans",
    )  # fmt: skip
