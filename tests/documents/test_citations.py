"""Proofs, tests and docstrings point at each other, and at nothing that is not there."""

import re

import pytest

from groundwork.core.provenance import ROOT

TESTS = {path: path.read_text("utf-8") for path in sorted(ROOT.glob("tests/**/*.py"))}
NAMES = {name for text in TESTS.values() for name in re.findall(r"^ *def (test_\w+)", text, re.M)}
FILES = {path.name for path in TESTS}
QMDS = sorted((ROOT / "src/documents").rglob("*.qmd"))
ONE_BY_ONE = ["operators", "calculus"]  # problem sets that promise a line for each statement
STATEMENT = re.compile(r"^::: \{#((?:thm|lem|cor|prp)-[\w-]+)\}$", re.M)


def test_docstrings_name_tests_that_exist():
    for path in sorted(ROOT.glob("src/groundwork/**/*.py")):
        text = path.read_text("utf-8")
        for file, name in re.findall(r"(tests/[\w/]+\.py)(?:::(\w+))?", text):
            assert (ROOT / file).is_file(), f"{path.name} cites {file}"
            assert not name or f"def {name}(" in TESTS[ROOT / file], f"{path.name} cites {name}"


@pytest.mark.parametrize("path", QMDS, ids=lambda p: p.stem)
def test_documents_name_tests_that_exist(path):
    for name in re.findall(r"`(test_\w+(?:\.py)?)(?:::\w+)?`", path.read_text("utf-8")):
        assert name in FILES | NAMES, f"{path.name} cites {name}"


@pytest.mark.parametrize("room", ONE_BY_ONE)
def test_every_numbered_statement_is_checked_and_says_so(room):
    """A test of the room cites the statement, and its *Checked by* precedes the next statement."""
    cited = "".join(text for test, text in TESTS.items() if test.parent.name == room)
    source = (ROOT / f"src/documents/problem-sets/{room}.qmd").read_text("utf-8")
    _, *parts = STATEMENT.split(source)
    assert len(parts) > 20
    for label, after in zip(parts[::2], parts[1::2], strict=True):
        assert re.search(rf"\b{label}\b(?!-)", cited), f"no test of {room} cites {label}"
        assert "*Checked by*" in after, f"{room}.qmd: {label} does not say what checked it"
