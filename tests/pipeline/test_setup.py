"""Set-up: an environment that is not this folder's is made anew, and what is done is said."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import install
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pins, syntax

NAMED = ["Makefile", "pyproject.toml", "README.md", "LICENSE", "LICENSE-PROSE"]
ANEW = "setup: .venv belongs to another folder or another Python; it is made anew"
BACKEND = ("scikit-build-core", "pathspec", "packaging")  # what installs a checkout
SIZE = "# 1 packages, about 0.1 GB on disk\n"


def registry_answers():
    """Whether pip reaches an index, asked for a package that every environment has."""
    words = ["download", "--no-deps", "--no-cache-dir", "-q", "-d", os.devnull, "pip==0.0.0"]
    done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True)
    return "from versions: none" not in done.stderr and "(from versions" in done.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A checkout with hardly anything to install, set up by `make setup`."""
    if not registry_answers():
        pytest.skip("pip reaches no package index")
    root = tmp_path_factory.mktemp("moving") / "first place"
    (root / "src/groundwork_harness/pipeline").mkdir(parents=True)
    for name in NAMED:
        shutil.copy(ROOT / name, root / name)
    for name in ("groundwork", "groundwork_harness", "groundwork_harness/pipeline"):
        (root / "src" / name).mkdir(exist_ok=True)
        (root / "src" / name / "__init__.py").touch()
    (root / "src/groundwork_harness/pipeline/cli.py").write_text(
        "def main():\n    print(__file__)\n"
    )
    (root / "workflow/tools").mkdir(parents=True)
    shutil.copy(install.__file__, root / "workflow/tools")
    for name in ("version.py", "__main__.py"):
        shutil.copy(ROOT / "src/groundwork" / name, root / "src/groundwork")
    locked = pins.read(ROOT / pins.BUILD)
    needed = "".join(f"{name}=={locked[name]}\n" for name in BACKEND)
    (root / pins.BUILD).write_text(SIZE + "ptyprocess==0.7.0\n" + needed)
    (root / pins.TEST).write_text(SIZE + "iniconfig==2.3.1\n")
    (root / "bin").mkdir()
    (root / "bin" / "nvidia-smi").write_text("#!/bin/sh\n")  # PyTorch's index is left alone
    (root / "bin" / "nvidia-smi").chmod(0o755)
    done = make(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"setup: what a build uses: {SIZE[2:]}" in done.stdout
    return root


def make(root: Path, *words: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(root / "bin"), "/usr/local/bin:/usr/bin:/bin"])
    # As a person's shell has it: none of what pytest's own environment or `make test` adds.
    added = ("PYTHON", "VIRTUAL", "MAKE", "MFLAGS")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(added)}
    return subprocess.run(
        ["make", "PYTHON=" + sys.base_prefix + "/bin/python3", *(words or ("setup",))],
        cwd=root, env={**environment, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip


def command(root: Path) -> str:
    """Where the code lies that the environment's `groundwork` runs."""
    done = subprocess.run([".venv/bin/groundwork"], cwd=root, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


def belongs(root: Path) -> bool:
    return command(root) == str(root / "src/groundwork_harness/pipeline/cli.py")


def planned(root: Path) -> str:
    """What `make setup` would do."""
    done = make(root, "--dry-run", "setup")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_environment_of_this_folder_is_left_alone(tree):
    assert belongs(tree)
    done = make(tree)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_environment_that_runs_other_code_is_made_anew(tree):
    (pointer,) = (tree / ".venv").glob("lib/*/site-packages/*groundwork*.pth")
    text = pointer.read_text()
    pointer.write_text(str(ROOT / "src") + "\n")
    assert ANEW in planned(tree)
    pointer.write_text(text)
    assert ANEW not in planned(tree)


def test_an_environment_whose_python_is_gone_is_made_anew(tree):
    link = tree / ".venv/bin/python3"
    target = link.readlink()
    link.unlink()
    link.symlink_to("/nowhere/python3")
    assert ANEW in planned(tree)
    link.unlink()
    link.symlink_to(target)
    assert ANEW not in planned(tree)


def test_test_tools_come_with_the_tests_alone(tree):
    assert not list((tree / ".venv").glob("lib/*/site-packages/iniconfig"))
    done = make(tree, "test-setup")
    assert done.returncode == 0, done.stderr
    assert f"setup: what only the tests use: {SIZE[2:]}" in done.stdout
    assert list((tree / ".venv").glob("lib/*/site-packages/iniconfig"))
    assert make(tree, "test-setup").stdout == ""


def test_a_checkout_that_moved_or_was_copied_is_set_up_anew(tree):
    copy = shutil.copytree(tree, tree.with_name("copy"), symlinks=True)
    moved = tree.rename(tree.with_name("moved"))
    try:
        assert ANEW in planned(moved)
    finally:
        moved.rename(tree)
    assert ANEW not in planned(tree)
    assert not belongs(copy), "a copied environment runs the original's code"
    done = make(copy)
    assert done.returncode == 0, done.stderr
    assert ANEW in done.stdout
    assert belongs(copy)
    assert belongs(tree), "the original was touched"
    assert ANEW not in planned(copy)


def test_what_is_compiled_is_said_before_anything_is_fetched(monkeypatch, tmp_path):
    lock = (
        "# 1 packages, 1 GB on disk\nplain==1.0\nimmutables==0.21  # compiled from Python 3.11 on\n"
    )
    monkeypatch.setattr(install.sysconfig, "get_path", lambda _: "/nowhere")
    python = ".".join(map(str, sys.version_info[:2]))
    assert install.headers_lack(lock) == (
        f"immutables has no wheel for Python {python}; compiling it needs Python's headers; "
        "on Debian or Ubuntu: apt install g++ python3-dev   on macOS: xcode-select --install"
    )
    assert install.headers_lack(lock.replace("3.11", "3.99")) == ""
    (tmp_path / "Python.h").touch()
    monkeypatch.setattr(install.sysconfig, "get_path", lambda _: str(tmp_path))
    assert install.headers_lack(lock) == "", "the headers are here"


def test_a_package_that_does_not_compile_is_named_with_the_remedy(tmp_path, capfd):
    (tmp_path / "setup.py").write_text(
        "from setuptools import Extension, setup\n"
        "setup(name='needy', ext_modules=[Extension('needy', ['needy.c'])])\n"
    )
    (tmp_path / "needy.c").write_text("#include <a_header_that_is_nowhere.h>\n")
    words = ["--no-build-isolation", "--no-deps", "--target", str(tmp_path / "out"), str(tmp_path)]
    assert install.follow("needy", words, pace=0.0) != 0
    said = capfd.readouterr()
    assert said.err.splitlines()[-1].startswith("error: needy has no wheel for Python")
    assert "apt install g++ python3-dev" in said.err
    assert "setup: needy\n" in said.out


LINES = """\
Collecting torch==2.13.0 (from -r requirements.lock (line 105))
  Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl.metadata (30 kB)
Requirement already satisfied: numpy==2.4.6 in ./lib (from -r requirements.lock (line 56))
  Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl (188.2 MB)
Progress 47000000 of 188200000
Installing collected packages: mpmath, torch
"""


def test_progress_says_what_is_looked_up_fetched_and_unpacked():
    progress, said = install.Progress(), []
    for line in LINES.splitlines():
        progress.read(line)
        said.append(str(progress))
    assert said == [
        "1 looked up, now torch==2.13.0",
        "1 looked up, now torch==2.13.0",
        "2 looked up, now numpy==2.4.6",
        "1 fetched, now torch-2.13.0",
        "1 fetched, now torch-2.13.0, 47 MB of 188 MB",
        "unpacking 2 packages",
    ]


def test_each_pin_lies_in_one_lock_and_builds_import_none_of_the_tests():
    build, test = (pins.read(ROOT / name) for name in (pins.BUILD, pins.TEST))
    assert not set(build) & set(test)
    assert {"pytest", "mypy", "ruff", "playwright"} <= set(test)
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")]:
        for module, _, _ in syntax.facts(path).imports:
            name = module.split(".")[0].replace("_", "-")
            assert name not in test, f"{path} imports {name}, which only the tests have"
