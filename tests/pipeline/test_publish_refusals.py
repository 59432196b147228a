"""What is not published: each reason against a site has a name, and only one fits each fault."""

import json

import pytest
from publishing_tree import PAGES, Tree


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.delenv("GIT_DIR", raising=False)
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        ("smoke", "smoke", "no results"),
        ("full", "scale", "groundwork --scale full publish"),
        ("standins", "stand-ins", "mnist"),
        ("edited", "dirty", "index.qmd"),
        ("untracked", "dirty", "draft.txt"),
        ("unversioned", "dirty", "version control"),
        ("no ledger", "missing", "reports/all"),
        ("no site", "missing", "site/index.html"),
        ("half a ledger", "missing", "reports/all"),
        ("changed page", "checksums", "changed file (reports/site/old.html)"),
        ("lost page", "checksums", "missing file (reports/site/old.html)"),
        ("added page", "checksums", "unlisted file (reports/site/extra.html)"),
        ("hand-typed number", "claims", "index.qmd:5: hand-typed"),
        ("old ledger", "out of date", "document_page index"),
    ],
)
def test_a_site_that_should_not_be_seen_is_refused_by_name(tree, fault, name, words):
    spoil(tree, fault)
    jobs = ["document_page index"] if fault == "old ledger" else []
    assert tree.publish("folder", jobs=jobs) == 1
    refused = [line for line in tree.said if line.startswith("refused")]
    assert any(line.startswith(f"refused  {name}: ") and words in line for line in refused), refused
    assert len(refused) == 1
    assert not tree.folder.exists()


def spoil(tree, fault):
    ledger = tree.root / "reports" / "all"
    prose = tree.root / "src" / "documents" / "index.qmd"
    match fault:
        case "smoke" | "full":
            tree.build(PAGES, scale=fault)
        case "standins":
            tree.build(PAGES, standins=["mnist"])
        case "edited":
            prose.write_text(prose.read_text() + "More.\n")
        case "untracked":
            (tree.root / "draft.txt").write_text("x")
        case "unversioned":
            (tree.root / ".git").rename(tree.root / "git")
        case "no ledger":
            ledger.unlink()
        case "half a ledger":
            ledger.write_text(ledger.read_text()[:40])
        case "no site":
            (tree.site / "index.html").unlink()
        case "changed page":
            (tree.site / "old.html").write_text("edited")
        case "lost page":
            (tree.site / "old.html").unlink()
        case "added page":
            (tree.site / "extra.html").write_text("x")
        case "hand-typed number":
            prose.write_text("---\ntitle: T\n---\n\nIt took 12 seconds.\n")
            tree.commit()


def test_what_is_meant_can_be_said(tree):
    spoil(tree, "standins")
    spoil(tree, "edited")
    assert tree.publish("folder", standins=True) == 1
    assert tree.publish("folder", dirty=True) == 1
    assert tree.publish("folder", standins=True, dirty=True) == 0
    record = json.loads((tree.folder / "publication.json").read_text())
    assert (record["dirty"], record["standins"]) == (True, ["mnist"])


def test_a_dry_run_tells_every_refusal_and_the_changes(tree):
    spoil(tree, "standins")
    spoil(tree, "edited")
    assert tree.publish("branch", dry=True) == 1
    assert sum(line.startswith("refused") for line in tree.said) == 2
    assert "first publication" in tree.words
