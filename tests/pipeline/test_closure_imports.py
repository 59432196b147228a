"""Code closures and imports: what Python binds and runs on the way to a step counts."""

import pytest
from small_tree import edit, grown, read

from groundwork_harness.pipeline import closure


@pytest.fixture
def tree(tmp_path, monkeypatch):
    yield from grown(tmp_path, monkeypatch)


# A file, and two texts of it that compute differently though each definition by itself may not.
ONE, DOOR = "src/groundwork/room/one.py", "src/groundwork/room/__init__.py"
DIFFER = {
    "another object under one name": (
        DOOR,
        "from groundwork.room.one import first",
        "from groundwork.room.one import last as first",
    ),
    "the later of two re-exports": (
        DOOR,
        "from groundwork.room.one import first\nfrom groundwork.room.two import first",
        "from groundwork.room.two import first\nfrom groundwork.room.one import first",
    ),
    "one object under two names": (
        DOOR,
        "from groundwork.room.one import first, first as other",
        "from groundwork.room.one import last as first, first as other",
    ),
    "the first of two definitions of one name": (
        ONE,
        "@f.register\ndef _(x): return 1\n@f.register\ndef _(x): return 2",
        "@f.register\ndef _(x): return 3\n@f.register\ndef _(x): return 2",
    ),
    "the first of two classes of one name": (
        ONE,
        "@add\nclass K: a = 1\n@add\nclass K: a = 2",
        "@add\nclass K: a = 3\n@add\nclass K: a = 2",
    ),
    "a class keyword": (ONE, "class K(B, scale=1.0): pass", "class K(B, scale=5.0): pass"),
    "a metaclass": (ONE, "class K(metaclass=A): pass", "class K(metaclass=B): pass"),
    "the order of decorated functions": (
        ONE,
        "@add\ndef a(): pass\n@add\ndef b(): pass",
        "@add\ndef b(): pass\n@add\ndef a(): pass",
    ),
    "the order of classes": (ONE, "class A(X): pass\nclass B(X): pass", "class B(X): pass\nclass A(X): pass"),
    "a statement before a class": (ONE, "X.n = 1\nclass A(X): pass", "class A(X): pass\nX.n = 1"),
    "a statement before a default": (ONE, "K = 1\ndef a(x=K): pass", "def a(x=K): pass\nK = 1"),
    "a function before a rebinding": (ONE, "def a(): pass\nfrom re import a", "from re import a\ndef a(): pass"),
    "a statement between methods": (
        ONE,
        "class K:\n    @add\n    def a(self): pass\n    b = taken()",
        "class K:\n    b = taken()\n    @add\n    def a(self): pass",
    ),
    "code of a room around its submodule": ("src/groundwork/annex/__init__.py", "A = 1", "A = 2"),
    "code of a package around a submodule": ("src/groundwork/core/__init__.py", "A = 1", "A = 2"),
    "code of the outermost package": ("src/groundwork/__init__.py", "A = 1", "A = 2"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), DIFFER.values(), ids=DIFFER)
def test_what_python_binds_and_runs_on_import_counts(tree, name, before, after):
    (tree / name).write_text(before + "\n")
    first = read(tree).digest
    (tree / name).write_text(after + "\n")
    assert read(tree).digest != first


ALIKE = {
    "a re-export that nobody here uses": (
        DOOR,
        "from groundwork.room.one import first",
        "from groundwork.room.unused import nobody\nfrom groundwork.room.one import first",
    ),
    "a plain function elsewhere": (
        ONE,
        "K = 1\ndef a(x=1): pass\ndef b(): pass",
        "def b(): pass\nK = 1\ndef a(x=1): pass",
    ),
}


@pytest.mark.parametrize(("name", "before", "after"), ALIKE.values(), ids=ALIKE)
def test_what_changes_no_binding_does_not_count(tree, name, before, after):
    (tree / name).write_text(before + "\n")
    first = read(tree).digest
    (tree / name).write_text(after + "\n")
    assert read(tree).digest == first


@pytest.mark.parametrize(
    ("door", "line"),
    [
        ("from groundwork.room import deep", "from groundwork.room import deep"),
        ("A = 1", "from groundwork.room import deep"),
        ("from groundwork.room.deep import helper", "import groundwork.room.unused"),
    ],
    ids=["a room's own submodule", "a submodule beside code", "a room by its dotted name"],
)
def test_a_submodule_is_followed_however_it_is_reached(tree, door, line):
    (tree / DOOR).write_text(door + "\n")
    (tree / "workflow/steps/room/step.py").write_text(line + "\n")
    assert "groundwork.room.deep" in read(tree).modules


@pytest.mark.parametrize("line", ["import figure", "import media", "import step, figure as f"])
def test_of_the_harness_only_what_draws_counts_and_only_for_figures(tree, line):
    figure = tree / "workflow/figures/room/figure.py"
    figure.parent.mkdir(parents=True)
    figure.write_text(f"from groundwork_harness.pipeline {line}\n")
    pipeline = tree / "src/groundwork_harness/pipeline"
    (pipeline / "figure.py").write_text("from groundwork_harness.pipeline import media\nK = 1\n")
    (pipeline / "media.py").write_text("import numpy\nDPI = 100\n")

    def digests():
        step = read(tree).digest
        return step, closure.of(figure).digest

    first = digests()
    edit(tree, "src/groundwork_harness/pipeline/figure.py", "K = 1", "K = 2")
    assert digests() == first
    edit(tree, "src/groundwork_harness/pipeline/media.py", "DPI = 100", "DPI = 200")
    assert digests()[0] == first[0]
    assert digests()[1] != first[1]
    assert closure.of(figure).packages == {"numpy": "2.4.6"}
