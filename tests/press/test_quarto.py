"""The Quarto engine: called rightly, one private project each, its answer read rightly.

Quarto itself is not needed: a stand-in command notes the call. What Quarto makes of the documents
is held to the subset, and to the settings of `_quarto.yml`.
"""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import quarto
from groundwork_harness.documents.document import Refused


def test_one_document_in_a_private_project(press, call):
    page = press.page("posts/spectra", engine="quarto")
    note = call()
    assert note["command"] == "render"
    assert note["document"] == "posts/spectra/index.qmd"
    assert note["options"] == {"--to": "html", "--output-dir": "out"}
    assert Path(note["project"]) == press.folder / "work" / "posts/spectra/html" / "project"
    assert Path(note["results"]) == press.results
    assert note["python"] == sys.executable
    assert [f for f in note["files"] if f.endswith(".qmd")] == ["posts/spectra/index.qmd"]
    assert "posts/spectra/figures/alpha/spectrum.light.svg" in note["files"]
    assert "filters/groundwork.lua" in note["files"]
    (bibliography,) = note["settings"]["bibliography"]
    assert bibliography.endswith("references/alpha.bib")
    assert page["engine"] == "Quarto 1.9.38"


@pytest.mark.usefixtures("call")
def test_its_page_goes_through_the_same_finishing(press):
    body = press.page("posts/spectra", engine="quarto")["body"]
    assert "A title" not in body  # the site has a title block of its own
    assert "<script" not in body
    assert 'id="TOC"' not in body
    assert '<h2 id="sec-question">' in body  # Quarto puts the label on a section around it
    assert '<picture class="on-dark">' in body
    assert 'src="../../figures/alpha/spectrum.light.svg"' in body


def test_includes_travel(press, call):
    press.page("problem-sets/alpha", engine="quarto")
    assert "_shared.qmd" in call()["files"]


@pytest.mark.parametrize(("pdf_engine", "target"), [("latex", "pdf"), ("typst", "typst")])
def test_pdfs(press, call, tmp_path, pdf_engine, target):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", engine="quarto", pdf_engine=pdf_engine)
    assert call()["options"]["--to"] == target
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.usefixtures("call")
def test_its_failure_is_told(press, monkeypatch):
    monkeypatch.setenv("QUARTO_STANDIN_FAIL", "1")
    with pytest.raises(Refused, match="told to fail"):
        press.page("posts/spectra", engine="quarto")


@pytest.mark.usefixtures("call")
def test_an_old_quarto_is_refused(press, monkeypatch):
    monkeypatch.setenv("QUARTO_STANDIN_VERSION", "1.3.450")
    with pytest.raises(Refused, match=r"older than 1\.4"):
        press.page("posts/spectra", engine="quarto")


@pytest.mark.skipif(bool(shutil.which("quarto")), reason="this machine has Quarto")
def test_no_quarto_is_said_plainly(press):
    quarto.version.cache_clear()
    with pytest.raises(Refused, match="no working `quarto` command"):
        press.page("posts/spectra", engine="quarto")


def test_the_project_says_what_both_engines_do():
    settings = yaml.safe_load((ROOT / "src" / "documents" / "_quarto.yml").read_text())
    assert settings["number-sections"] is True
    assert settings["format"]["html"]["html-math-method"] == "mathml"
    assert settings["citeproc"] is True
    assert settings["execute"]["freeze"] is False  # Snakemake is the only cache
    assert settings["execute"]["echo"] is False
    for path in (settings["csl"], *settings["filters"]):
        assert (ROOT / "src" / "documents" / path).is_file()
    for target in ("pdf", "typst"):  # ## is the top level of the documents
        assert settings["format"][target]["shift-heading-level-by"] == -1


@pytest.mark.skipif(not shutil.which("quarto"), reason="no Quarto on this machine")
def test_both_engines_say_the_same(press):
    """With Quarto at hand: the same words, numbers and citations from both."""
    from lxml import html

    def words(engine):
        body = press.page("posts/spectra", engine=engine)["body"]
        root = html.fragment_fromstring(body, create_parent="div")
        for gone in root.xpath('.//*[local-name()="math"] | .//a[@class="anchor"]'):
            gone.drop_tree()
        return " ".join(root.text_content().replace("\u00a0", " ").split())

    assert words("quarto") == words("embedded")
