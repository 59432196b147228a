"""What `pip install .` gives: a wheel that holds the native code and needs no checkout.

Built without the wider instruction sets and without optimisation, which take most of a compiler's
minutes and change nothing of what is packed where; `make newest` builds and runs the whole wheel.
"""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from groundwork.core.provenance import ROOT
from groundwork.version import __version__

QUICK = ["-C", "cmake.build-type=None", "-C", "cmake.define.GROUNDWORK_SIMD=scalar"]
# Hides what an empty environment lacks: all but the standard library, NumPy and the package.
ALONE = """
import sys
for name in list(sys.modules):
    if name.partition(".")[0] == "groundwork":
        del sys.modules[name]

class Refuse:
    def find_spec(self, name, path=None, target=None):
        known = sys.stdlib_module_names | {"groundwork", "numpy"}
        if name.partition(".")[0] not in known:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
"""
GRAPH = {"nodes": [{"id": "a", "size": 8}, {"id": "b", "size": 4, "inputs": ["a"]}]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [
        *pip,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        *QUICK,
        str(ROOT),
    ]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [file] = folder.glob("*.whl")
    target = folder / "installed"
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(file)]
    subprocess.run(install, check=True, capture_output=True)
    return file, target


def run(wheel, code, *words):
    """Python code where only the wheel and NumPy are installed, away from the checkout."""
    _, target = wheel
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GROUNDWORK", "PYTHON"))}
    environment = {**kept, "PYTHONPATH": str(target)}
    return subprocess.run(
        [sys.executable, "-c", ALONE + code, *words],
        capture_output=True, text=True, cwd=target, env=environment, input=json.dumps(GRAPH),
    )  # fmt: skip


def test_the_wheel_is_named_for_its_system_and_for_every_python(wheel):
    file, _ = wheel
    assert file.name.startswith(f"groundwork-{__version__}-py3-none-")
    assert not file.name.endswith("-any.whl")
    with zipfile.ZipFile(file) as held:
        names = held.namelist()
    native = {path.parent.name for path in (ROOT / "native").glob("*/CMakeLists.txt")}
    assert {
        name.split("libgroundwork_")[1].split(".")[0] for name in names if "/_native/" in name
    } == native
    assert "groundwork/py.typed" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"groundwork", f"groundwork-{__version__}.dist-info"}, "the libraries alone"
    assert "groundwork/reproduction/published.json" in names


def test_native_rooms_work_without_a_checkout(wheel):
    code = (
        "import numpy as np, groundwork\n"
        "from groundwork.matmul import matmul\n"
        "from groundwork.scheduler import Graph, schedule\n"
        "from groundwork.core.native import library\n"
        "a = np.arange(12.0).reshape(3, 4)\n"
        "assert np.array_equal(matmul(a, a.T), a @ a.T)\n"
        "graph = Graph.from_json('-')\n"
        "library('reproduction')\n"
        "print(groundwork.__version__, schedule(graph, 'best').peak, groundwork.__file__)\n"
        "assert 'snakemake' not in sys.modules\n"
    )
    done = run(wheel, code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == [__version__, "12"]
    assert done.stdout.split()[2].startswith(str(wheel[1]))


@pytest.mark.parametrize(
    "room", ["autograd", "calculus", "kernel_ridge", "matmul", "mixtures", "operators", "scheduler"]
)
def test_rooms_import_from_the_wheel_with_numpy_alone(wheel, room):
    done = run(wheel, f"import groundwork.{room}")
    assert done.returncode == 0, done.stderr


SCHEDULE = "from groundwork.scheduler.cli import main\nsys.exit(main(sys.argv[1:]))"
GROUNDWORK = "from groundwork.__main__ import main\nsys.argv[0] = 'groundwork'\nmain()"
CLONE = "`git clone`, then `make setup`"


def test_the_scheduler_plans_without_any_extra(wheel):
    planned = run(wheel, SCHEDULE, "plan", "-")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "peak         12 bytes" in planned.stdout


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (SCHEDULE, ["import", "model.pt2"], "pip install 'groundwork[models]'"),
        (GROUNDWORK, ["doctor"], CLONE),
        (GROUNDWORK, ["--help"], CLONE),
    ],
)
def test_what_lacks_its_extra_or_its_checkout_says_so_in_one_line(wheel, code, words, told):
    done = run(wheel, code, *words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_a_command_of_a_checkout_without_the_extra_names_it():
    command = "from groundwork.__main__ import main\nsys.argv[1:] = ['settings', 'a.b']\nmain()"
    code = ALONE.replace('"numpy"', '"numpy", "groundwork_harness"') + command
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == "groundwork: this needs yaml: pip install 'groundwork[build]'\n"
    assert done.returncode == 1
