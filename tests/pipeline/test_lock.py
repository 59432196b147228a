"""The locks on every Python that the README promises: pip is asked for wheels, and fetches none."""

import re
import subprocess
import sys

import pytest

import write_locks
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pins

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# Python alone, so that every machine builds them: no wheel was ever published.
PLAIN = {"connection-pool", "feedgen"}
COMPILED = re.compile(r"^([\w-]+)==.*# compiled from Python (\S+) on", re.M)


def ask(python, *words):
    """pip's plan to install for a Python that need not be here; `fast-deps` reads wheels' heads."""
    command = ["pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--target", "none",
               "--use-feature=fast-deps", "--python-version", python, *words]  # fmt: skip
    return subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)


@pytest.fixture(scope="module")
def index():
    """Skip where pip reaches no index: then nothing is known."""
    done = ask("3.11", "--only-binary=:all:", "--no-cache-dir", "pip==0.0.0")
    if "from versions: none" in done.stderr or "(from versions" not in done.stderr:
        pytest.skip("pip reaches no package index")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("python", PYTHONS)
def test_every_pin_has_a_wheel_or_is_known_to_be_compiled(python, tmp_path):
    text = "".join((ROOT / lock).read_text() for lock in (pins.BUILD, pins.TEST))
    known = {name for name, since in COMPILED.findall(text) if _pair(since) <= _pair(python)}
    lines = [line for line in text.splitlines() if line.split("==")[0] not in known | PLAIN]
    (tmp_path / "lock").write_text("\n".join(lines))
    done = ask(python, "--only-binary=:all:", "-r", str(tmp_path / "lock"))
    assert done.returncode == 0, done.stderr[-500:]
    would = done.stdout.partition("Would install ")[2].split()
    assert len(would) == len([line for line in lines if line[0] != "#"])


@pytest.mark.usefixtures("index")
def test_what_is_said_to_be_compiled_still_has_no_wheel():
    """When a wheel appears, the remark in write_locks.REMARKS goes."""
    text = (ROOT / pins.BUILD).read_text()
    found = COMPILED.findall(text)
    assert [name for name, _ in found] == list(write_locks.REMARKS)
    for name, since in found:
        pin = f"{name}=={pins.read(ROOT / pins.BUILD)[name]}"
        done = ask(since, "--only-binary=:all:", pin)
        assert f"No matching distribution found for {pin}" in done.stderr


def _pair(python):
    return tuple(map(int, python.split(".")))
