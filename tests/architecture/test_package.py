"""What `pip install` of the project gives: libraries that need its three dependencies at most."""

import re
import subprocess
import sys
import tomllib

import pytest

from groundwork.core.provenance import ROOT

# An import hook that lets the standard library, the project and `allowed` through, and no more.
ALONE = """
import sys

allowed = {allowed!r} | set(sys.stdlib_module_names) | {{"groundwork"}}


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"{{name}} is no dependency of the package", name=name)


sys.meta_path.insert(0, Refuse())
{code}
"""


def alone(code, allowed):
    script = ALONE.format(code=code, allowed=allowed)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


@pytest.mark.parametrize("room", ["autograd", "calculus", "kernel_ridge", "mixtures", "operators"])
def test_a_library_room_needs_numpy_alone(room):
    done = alone(f"import groundwork.{room}", {"numpy"})
    assert done.returncode == 0, done.stderr


def test_the_engine_runs_as_its_first_lines_say():
    code = (
        "from groundwork.autograd import Tensor, nn, optim\n"
        "x = Tensor([[1.0, 2.0]], requires_grad=True)\n"
        "(x @ x.T).sum().backward()\n"
        "print(x.grad)"
    )
    done = alone(code, {"numpy"})
    assert done.stdout == "Tensor([[2., 4.]], float64)\n", done.stderr


@pytest.mark.parametrize("room", ["transformer", "data_parallel"])
def test_a_command_without_its_extra_says_so_in_one_line(room):
    words = "this needs torch: pip install 'groundwork[models]'"
    code = f"import runpy, sys; sys.argv[0] = '-m'; runpy.run_module('groundwork.{room}')"
    done = alone(code, {"numpy"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {words}\n"
    done = alone(f"import groundwork.{room}", {"numpy"})
    assert done.stderr.endswith(f"ModuleNotFoundError: {words}\n")


def test_the_hook_refuses_and_the_dependencies_are_three():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.match(r"[\w-]+", line).group() for line in project["dependencies"]}
    assert declared == {"numpy", "matplotlib", "imageio"}
    done = alone("import groundwork.autograd.oracle", declared)
    assert "torch is no dependency" in done.stderr
