"""Scripts as forks of a server: they run, end and die as they would in an interpreter of their own."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import forkserver

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="servers run on Linux alone")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
SCRIPT = """
import json, os, signal, subprocess, sys, time
word, *more = sys.argv[1:]
if word == "tell":
    print(json.dumps([sys.argv, os.getcwd(), os.environ.get("WORD"), sys.stdin.read(), __name__]))
    print(sorted(m for m in sys.modules if m.split(".")[0] in ("numpy", "groundwork"))[:1])
    print("to stderr", file=sys.stderr)
if word == "wait":
    below = subprocess.Popen(["sleep", "600"])
    print(os.getpid(), below.pid, flush=True)
    time.sleep(600)
if word == "kill":
    os.kill(os.getpid(), int(more[0]))
if word == "exit":
    import atexit
    atexit.register(print, "last words")
    sys.exit(eval(more[0]))
if word == "raise":
    raise RuntimeError("a fault")
"""


@pytest.fixture(scope="module")
def run():
    """A process that has servers as a run of Snakemake has them, and its environment."""
    code = (
        "import os, sys; from groundwork_harness.pipeline import forkserver; forkserver.start();"
        "print(os.environ[forkserver.ADDRESS], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    ) as process:  # fmt: skip
        environment = os.environ | ONE_THREAD | {
            "PYTHONPATH": str(ROOT / "src"),
            forkserver.ADDRESS: process.stdout.readline().strip(),
        }  # fmt: skip
        deadline = time.monotonic() + 20
        while len(psutil.Process(process.pid).children()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)  # until they listen
        yield process, environment
        process.kill()


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return str(path)


def command(script, *words):
    return [sys.executable, "-IS", forkserver.__file__, "plain", script, *words]


def ask(run, script, *words, **more):
    environment = run[1] | more.pop("environment", {})
    return subprocess.run(
        command(script, *words), env=environment, capture_output=True, text=True, timeout=60, **more
    )


def test_a_fork_has_the_commands_arguments_folder_environment_and_streams(run, script, tmp_path):
    told = ask(run, script, "tell", "a b", input="given", cwd=tmp_path, environment={"WORD": "w"})
    first, second = told.stdout.splitlines()
    assert first == f'[["{script}", "tell", "a b"], "{tmp_path}", "w", "given", "__main__"]'
    assert second == "['numpy']", "libraries are there, and no code of this checkout"
    assert (told.returncode, told.stderr) == (0, "to stderr\n")


@pytest.mark.parametrize(
    "other", [{"OMP_NUM_THREADS": "2"}, {"PYTHONPATH": "elsewhere"}, {forkserver.ADDRESS: "nobody"}]
)
def test_a_job_that_libraries_should_start_otherwise_for_gets_its_own_interpreter(
    run, script, other
):
    assert ask(run, script, "tell", environment=other).stdout.splitlines()[1] == "[]"


@pytest.mark.parametrize("word", ["None", "0", "3", "'words'"])
def test_it_ends_as_python_does(run, script, word):
    own = subprocess.run(
        [sys.executable, script, "exit", word], capture_output=True, text=True, check=False
    )
    told = ask(run, script, "exit", word)
    assert (told.returncode, told.stdout, told.stderr) == (own.returncode, own.stdout, own.stderr)
    assert told.stdout == "last words\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_dies_of_what_kills_the_script(run, script, number):
    own = subprocess.run(
        [sys.executable, script, "kill", str(number.value)], capture_output=True, check=False
    )
    told = ask(run, script, "kill", str(number.value))
    assert told.returncode == own.returncode


def test_an_error_shows_the_scripts_own_lines_alone(run, script):
    own = subprocess.run(
        [sys.executable, script, "raise"], capture_output=True, text=True, check=False
    )
    told = ask(run, script, "raise")
    assert (told.returncode, told.stderr) == (own.returncode, own.stderr)


def gone(pids):
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waiting(run, script):
    asked = subprocess.Popen(
        command(script, "wait"), env=run[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return asked, [int(word) for word in asked.stdout.readline().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_fork_outlives_its_command(run, script, number):
    asked, pids = waiting(run, script)
    assert all(map(alive, pids))
    asked.send_signal(number)
    asked.wait()
    assert gone(pids), "the fork, or what it had started, went on"


def test_no_command_waits_for_a_server_that_is_gone_and_no_fork_outlives_the_run(run, script):
    """The last test of this file: it ends the servers."""
    asked, (fork, _) = waiting(run, script)
    other, (second, _) = waiting(run, script)
    server = psutil.Process(fork).parent().parent()
    server.kill()
    assert asked.wait(10) == other.wait(10) == 1
    assert b"has ended" in asked.stderr.read()
    assert gone([fork, second])
    left = [process.pid for process in psutil.Process(run[0].pid).children()]
    run[0].kill()
    assert gone(left), "a server outlived its run"
