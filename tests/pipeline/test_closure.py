"""Code closures: what counts, what does not, and what is refused."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from small_tree import edit, grown, read

from groundwork_harness.pipeline import closure


@pytest.fixture
def tree(tmp_path, monkeypatch):
    yield from grown(tmp_path, monkeypatch)


def test_holds_what_the_step_reaches_and_nothing_else(tree):
    found = read(tree)
    assert set(found.modules) == {
        "workflow/steps/room/step.py",
        "workflow/steps/room/beside.py",
        "groundwork.annex.sub",
        "groundwork.core.seeds",
        "groundwork.room",
        "groundwork.room.one",
        "groundwork.room.deep",
    }
    assert set(found.modules["groundwork.room"]) == {"first"}
    assert found.packages == {"numpy": "2.4.6"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("src/groundwork/room/one.py", "# why", "# for another reason"),
        ("src/groundwork/room/one.py", '"""First."""', '"""The first, told otherwise."""'),
        ("src/groundwork/room/one.py", "return helper(x)", "return (\n        helper(x)\n    )"),
        ("src/groundwork/room/unused.py", "return 0", "return 1"),
        ("src/groundwork/room/two.py", "return sklearn, x", "return x, sklearn"),
        ("src/groundwork/room/__init__.py", '"""Room."""', '"""A room."""'),
        ("src/groundwork_harness/pipeline/step.py", "main()", "return main()"),
        # What a script takes from the harness, and from where, computes nothing.
        ("workflow/steps/room/step.py", "pipeline import step", "pipeline import closure, step"),
        ("requirements.lock", "scikit-learn==1.9.1", "scikit-learn==1.9.2"),
    ],
)
def test_looks_and_unreached_code_do_not_count(tree, name, old, new):
    before = read(tree).digest
    edit(tree, name, old, new)
    assert read(tree).digest == before


@pytest.mark.parametrize(
    ("name", "old", "new", "part"),
    [
        ("src/groundwork/room/deep.py", "np.sum", "np.mean", ("groundwork.room.deep", "helper")),
        ("src/groundwork/room/one.py", "helper(x)", "helper(-x)", ("groundwork.room.one", "first")),
        ("workflow/steps/room/beside.py", "K = 3", "K = 4", None),
        ("workflow/steps/room/step.py", "beside.K", "beside.K + 1", None),
        ("requirements.lock", "numpy==2.4.6", "numpy==2.5.0", None),
        ("src/groundwork/core/seeds.py", "return seed", "return seed + 1", None),
    ],
)
def test_every_edit_that_can_change_a_result_counts(tree, name, old, new, part):
    before = read(tree)
    edit(tree, name, old, new)
    after = read(tree)
    assert after.digest != before.digest
    if part:
        module, definition = part
        assert after.modules[module][definition] != before.modules[module][definition]


def test_constants_of_different_types_differ(tree):
    before = read(tree).digest
    edit(tree, "workflow/steps/room/beside.py", "K = 3", "K = 3.0")
    assert read(tree).digest != before


@pytest.mark.parametrize(
    "line",
    [
        "import importlib; importlib.import_module('groundwork.room.two')",
        "__import__('groundwork.room.two')",
        "exec('import groundwork.room.two')",
        "eval('1')",
        "import importlib",
        "import importlib.util",
        "from importlib import util",
        "import importlib.metadata; importlib.import_module('x')",
        "import runpy",
        "from pkgutil import resolve_name",
        "from builtins import exec as run",
        "import code",
        "run = exec",
        "list(map(eval, []))",
        "run = compile",
        "__builtins__['exec']",
        "import sys; sys.path.insert(0, '.')",
        "import sys; sys.modules['a'] = 1",
        "import sys; sys.path[:0] = [str(ROOT / 'other'), str(Path(__file__).parent)]",
        "from sys import modules",
        "from types import ModuleType",
        "from groundwork.room.two import *",
    ],
)
def test_dynamic_imports_are_refused_with_file_and_line(tree, line):
    edit(tree, "src/groundwork/room/deep.py", "def helper", f"{line}\ndef helper")
    with pytest.raises(closure.ClosureError, match=r"groundwork\.room\.deep, line 3: .*by name"):
        read(tree)


@pytest.mark.parametrize(
    "line",
    [
        "import importlib.metadata; importlib.metadata.version('numpy')",
        "from importlib import resources",
        "import re; re.compile('a')",
        "model.eval()",
        "import sys; sys.platform",
        "import sys; sys.path[:0] = [str(ROOT / 'src'), str(Path(__file__).parent)]",
    ],
)
def test_what_only_looks_like_a_dynamic_import_passes(tree, line):
    edit(tree, "src/groundwork/room/deep.py", "def helper", f"{line}\ndef helper")
    assert read(tree).digest


def test_a_package_without_a_pin_is_refused(tree):
    edit(tree, "workflow/steps/room/beside.py", "K = 3", "import pandas\nK = 3")
    with pytest.raises(closure.ClosureError, match=r"line 1: imports pandas, which is not pinned"):
        read(tree)


@pytest.mark.parametrize(
    "name",
    [
        "workflow/steps/room/sklearn.py",
        "workflow/steps/room/json.py",
        "workflow/steps/room/numpy/__init__.py",
        "workflow/steps/room/groundwork.py",
        "src/numpy.py",
    ],
)
def test_a_file_that_shadows_a_module_is_refused(tree, name):
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("")
    with pytest.raises(closure.ClosureError, match=r"in place of \w+; rename it"):
        read(tree)


def test_undoing_an_edit_restores_the_digest(tree):
    first = read(tree)
    edit(tree, "src/groundwork/room/deep.py", "np.sum", "np.mean")
    changed = read(tree)
    edit(tree, "src/groundwork/room/deep.py", "np.mean", "np.sum")
    assert read(tree).digest == first.digest != changed.digest


def test_the_house_itself_hides_and_shadows_nothing():
    """Every script of this checkout has a closure, and those of figures hold what draws."""
    workflow = Path(closure.ROOT, "workflow")
    installed = {*sys.stdlib_module_names, *packages_distributions()}  # more than the lock tells
    for script in [path for kind in ("record/*", "*/*/*") for path in workflow.glob(f"{kind}.py")]:
        drawn = "groundwork_harness.pipeline.media" in closure.of(script).modules
        assert drawn == script.is_relative_to(workflow / "figures"), script
        assert script.stem not in installed, f"{script} shadows a module"
