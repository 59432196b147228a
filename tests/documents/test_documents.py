"""The documents as written: inside the subset, with nothing that points nowhere."""

import re
from pathlib import Path

import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import document_lint
from groundwork_harness.documents.document import lines_with_fences, read
from groundwork_harness.documents.inputs import inputs

DOCUMENTS = ROOT / "src" / "documents"
QMDS = sorted(
    path
    for path in DOCUMENTS.rglob("*.qmd")
    if not any(part.startswith("_") for part in path.relative_to(DOCUMENTS).parts)
)
EACH = pytest.mark.parametrize("path", QMDS, ids=lambda p: p.relative_to(DOCUMENTS).as_posix())
GENERATED = {"posts/index.html", "rooms/index.html", "problem-sets/index.html", "guide/index.html"}


def prose(path):
    body = read(path, DOCUMENTS).body
    return "\n".join("" if fence else line for _, line, fence in lines_with_fences(body))


@EACH
def test_a_document_stays_inside_the_subset(path):
    document_lint.check(read(path, DOCUMENTS))


@EACH
def test_its_front_matter_is_complete(path):
    document = read(path, DOCUMENTS)
    front = document.metadata
    assert front["title"]
    assert front["description"], "listings, feeds and search engines show it"
    if document.kind in ("post", "problem-set"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(front["date"]))
    if document.kind == "post":
        assert front["categories"]
    if document.kind in ("room", "problem-set"):
        assert front["room"] == path.stem


@EACH
def test_links_to_other_documents_resolve(path):
    for target, anchor in re.findall(
        r"\]\((?!https?:|mailto:|figures/|#)([^)\s#]+)(#[^)\s]+)?\)", prose(path)
    ):
        there = (path.parent / target).resolve()
        if there.suffix == ".html":
            name = there.relative_to(DOCUMENTS).as_posix()
            assert name in GENERATED or name.startswith(("ledger", "api/")), target
            continue
        assert there.is_file(), f"{path.name} links to {target}"
        if anchor:
            assert re.search(rf"#(\| label: )?{re.escape(anchor[1:])}\b", there.read_text()), anchor


@EACH
def test_figures_and_claims_have_a_maker(path):
    needs = inputs(path, DOCUMENTS)
    for figure in needs.figures:
        assert (ROOT / "workflow" / "figures" / f"{figure}.py").is_file(), figure
    for step in needs.steps:
        room, name = Path(step).parts[:2]
        assert (ROOT / "workflow" / "steps" / room / f"{Path(name).stem}.py").is_file(), step


@EACH
def test_lookups_come_from_the_lookup_module_alone(path):
    """Documents compute nothing; a tutorial page says so in its front matter."""
    if not read(path, DOCUMENTS).metadata.get("computes"):
        assert inputs(path, DOCUMENTS).modules == []


def test_every_numbered_statement_is_checked_by_a_test():
    """Theorems, lemmas, corollaries and propositions: each is named by a test that checks it."""
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for path in QMDS:
        if "guide" in path.parts:  # its labels are examples
            continue
        for label in re.findall(r"^:::+ \{#((?:thm|lem|cor|prp)-[\w-]+)", path.read_text(), re.M):
            assert re.search(rf"{label}\b(?!-)", tests), f"{path.name}: no test checks {label}"
