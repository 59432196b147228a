"""Code closures: what counts, what does not, and what is refused."""

from pathlib import Path

import pytest

from groundwork.pipeline import closure, syntax

FILES = {
    "requirements.lock": "numpy==2.4.6\nscikit-learn==1.9.1\n",
    "src/groundwork/__init__.py": "",
    "src/groundwork/core/__init__.py": '"""Hall."""\n',
    "src/groundwork/core/seeds.py": "def stream(seed):\n    return seed\n",
    "src/groundwork/pipeline/__init__.py": "",
    "src/groundwork/pipeline/step.py": "import argparse\ndef run(main):\n    main()\n",
    "src/groundwork/room/__init__.py": (
        '"""Room."""\n\nfrom groundwork.room.one import first\n'
        "from groundwork.room.two import second\n\n__all__ = ['first', 'second']\n"
    ),
    "src/groundwork/room/one.py": (
        "from groundwork.room.deep import helper\n\n\ndef first(x):\n"
        '    """First."""\n    return helper(x)  # why\n'
    ),
    "src/groundwork/room/two.py": "import sklearn\n\ndef second(x):\n    return sklearn, x\n",
    "src/groundwork/room/deep.py": "import numpy as np\n\ndef helper(x):\n    return np.sum(x)\n",
    "src/groundwork/room/unused.py": "def nobody():\n    return 0\n",
    "workflow/steps/room/step.py": (
        "from groundwork.core.seeds import stream\nfrom groundwork.pipeline import step\n"
        "from groundwork.room import first\nimport beside\n\n\ndef main():\n"
        "    return first(stream(beside.K))\n\n\nstep.run(main)\n"
    ),
    "workflow/steps/room/beside.py": "K = 3\n",
}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    monkeypatch.setattr(closure, "SOURCES", tmp_path / "src")
    monkeypatch.setattr(syntax, "ROOT", tmp_path)
    monkeypatch.setattr(syntax, "CACHE", tmp_path / "cache.json")
    yield tmp_path
    closure.forget()


def read(tree: Path) -> closure.Closure:
    closure.forget()
    return closure.of(tree / "workflow/steps/room/step.py")


def edit(tree: Path, name: str, old: str, new: str) -> None:
    path = tree / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_holds_what_the_step_reaches_and_nothing_else(tree):
    found = read(tree)
    assert set(found.modules) == {
        "workflow/steps/room/step.py",
        "workflow/steps/room/beside.py",
        "groundwork.core.seeds",
        "groundwork.room.one",
        "groundwork.room.deep",
    }
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
        ("src/groundwork/pipeline/step.py", "main()", "return main()"),
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
    ],
)
def test_dynamic_imports_are_refused_with_file_and_line(tree, line):
    edit(tree, "src/groundwork/room/deep.py", "def helper", f"{line}\ndef helper")
    with pytest.raises(closure.ClosureError, match=r"groundwork\.room\.deep, line 3"):
        read(tree)


def test_a_package_without_a_pin_is_refused(tree):
    edit(tree, "workflow/steps/room/beside.py", "K = 3", "import pandas\nK = 3")
    with pytest.raises(closure.ClosureError, match=r"line 1: imports pandas, which is not pinned"):
        read(tree)


def test_undoing_an_edit_restores_the_digest(tree):
    first = read(tree)
    edit(tree, "src/groundwork/room/deep.py", "np.sum", "np.mean")
    changed = read(tree)
    edit(tree, "src/groundwork/room/deep.py", "np.mean", "np.sum")
    assert read(tree).digest == first.digest != changed.digest


def test_the_house_itself_has_no_dynamic_import():
    """Every step and figure of this checkout has a closure: none hides an import."""
    scripts = [
        *Path(closure.ROOT, "workflow/steps").glob("*/*.py"),
        *Path(closure.ROOT, "workflow/figures").glob("*/*.py"),
    ]
    for script in scripts:
        assert closure.of(script).digest
