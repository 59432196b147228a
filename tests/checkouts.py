"""Fresh checkouts of this tree, and Snakemake in them as a user types it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from determinism import copy_tree
from groundwork.core.provenance import ROOT

SMALL_ROOM = "kernel_ridge"  # builds in seconds
SMOKE = ["--configfile", "workflow/scales/smoke.yaml"]


@dataclass
class Checkout:
    """A checkout of this tree in a folder of its own, with the means to run and edit it."""

    root: Path
    offline: bool = False  # whether its build ran without a network
    path: str = os.environ["PATH"]

    @property
    def environment(self) -> dict[str, str]:
        """As a user's, with this checkout's own code and the mirror that the tests' tree uses."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDWORK_")}
        mirror = os.environ.get("GROUNDWORK_MIRROR", str(ROOT.parent / "shared" / "data"))
        return {
            **kept,
            "PYTHONPATH": str(self.root / "src"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{self.path}",
            "GROUNDWORK_MIRROR": mirror,
        }

    def command(self, *words: str, cores: int = 2) -> list[str]:
        """Snakemake's command line at smoke scale."""
        return [sys.executable, "-m", "snakemake", *words, "--cores", str(cores), *SMOKE]

    def snakemake(self, *words: str, cores: int = 2, **options) -> subprocess.CompletedProcess:
        """Run Snakemake at smoke scale and wait."""
        return self.run(self.command(*words, cores=cores), **options)

    def run(self, command: list[str], environment: dict | None = None, **options):
        """Run any command in the checkout."""
        return subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            **options,
        )

    def plan(self, target: str, *words: str) -> list[dict]:
        """The jobs that a run would start: rule, label, input, output, reason."""
        plan = self.root / "plan.json"
        plan.unlink(missing_ok=True)
        environment = {"GROUNDWORK_PLAN": str(plan)}
        done = self.snakemake(target, "--dry-run", *words, environment=environment)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(plan.read_text())

    def planned(self, target: str) -> list[str]:
        """`rule` or `rule wildcards` of each job that a run would start, sorted."""
        jobs = self.plan(target)
        for job in jobs:
            print(job["label"], "because", job["reason"])  # seen where a test fails
        return sorted(job["label"] for job in jobs)

    def pretend(self, target: str) -> None:
        """Lay an empty file where each of the target's would be; mark all as current."""
        for job in self.plan(target):
            for name in job["output"]:
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).touch()
        (self.root / target).write_text('{"deliverables": [], "claims": {}}')
        done = self.snakemake(target, "--touch", "--forceall")
        assert done.returncode == 0, done.stderr

    def exact(self, ledger: str) -> dict:
        """The ledger's exact claims, by name."""
        claims = json.loads((self.root / ledger).read_text())["claims"]
        return {name: c["value"] for name, c in claims.items() if c["kind"] == "exact"}


def fresh_checkout(root: Path) -> Checkout:
    """A copy of the tree's files (not of what it built), under version control."""
    copy_tree(root)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    return Checkout(root)


OPTIONAL = ("pdflatex", "latex", "lualatex", "xelatex", "tex", "kpsewhich", "quarto", "valgrind")


def without_optional_commands(folder: Path) -> str:
    """The PATH of a machine that has neither LaTeX nor Quarto nor valgrind.

    A folder that holds one of their commands is stood in for by links to all its other ones.
    """
    folders = []
    for number, place in enumerate(map(Path, os.environ["PATH"].split(os.pathsep))):
        if any((place / name).exists() for name in OPTIONAL):
            links = folder / str(number)
            links.mkdir(parents=True)
            for file in place.iterdir():
                if file.name not in OPTIONAL:
                    (links / file.name).symlink_to(file)
            place = links
        folders.append(str(place))
    path = os.pathsep.join(folders)
    assert not any(shutil.which(name, path=path) for name in OPTIONAL)
    return path


LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as s:  # in a new namespace even loopback is down
    fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def unplugged(command: list[str]) -> list[str]:
    """The command in a network namespace of its own, with nothing but loopback."""
    return ["unshare", "--net", sys.executable, "-c", LOOPBACK, *command]


def can_unplug() -> bool:
    """Whether this system lets us take the network away."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(unplugged(["true"]), capture_output=True).returncode == 0


@contextmanager
def broken(path, old, new):
    """The file with `old` replaced by `new` within the block."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    try:
        yield
    finally:
        path.write_text(text)
