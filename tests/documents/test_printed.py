"""Every PDF, through both engines, prints every word of its page, inside the sheet.

What a layout loses it loses at the end of a page, and where that falls changes with every result. So
each document is set again with its text pushed down by quarters of a page, so that its pages end
at four places, as they may with a laptop build's longer tables and numbers.
"""

import re

import pytest
from engines import EACH, path_of
from printed_words import lost, outside
from pypdf import PdfReader

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import pdf, render
from groundwork_harness.documents.catalog import catalog

DOCUMENTS = ROOT / "src" / "documents"
ROOMS = [path.stem for path in (ROOT / "rules").glob("*.smk")]
PRINTED = sorted(name for name, entry in catalog(DOCUMENTS, ROOMS).items() if entry.pdf)
PUSHES = (6, 12, 18)  # cm; a page's text is 23 cm high


def starts(paper):
    """How each page begins: where the one before it ended."""
    return tuple(page.extract_text()[:200] for page in PdfReader(paper).pages)


@EACH
@pytest.mark.parametrize("name", PRINTED)
def test_no_word_is_lost(house, tmp_path, name, engine):
    results, qmd = house.root / "results" / "smoke", path_of(name, DOCUMENTS)
    web = render.Options(results, DOCUMENTS, tmp_path / "web", "smoke")
    body = render.to_page(qmd, tmp_path / "page.json", web)["body"]
    paper = tmp_path / "paper.pdf"
    options = render.Options(results, DOCUMENTS, tmp_path / "print", "smoke", pdf_engine=engine)
    pdf.to_pdf(qmd, paper, options)
    assert lost(body, paper) == []
    assert outside(paper) == []
    if (
        engine == "latex"
    ):  # a float beside a longtable can be set beyond the sheet, with what follows
        assert "\\begin{figure}" not in (tmp_path / "print" / "document.tex").read_text("utf-8")
    if engine == "typst":
        import typst

        source = (tmp_path / "print" / "document.typ").read_text("utf-8")
        first = re.search(r"^= ", source, re.MULTILINE).start()
        ends = {starts(paper)}
        for push in PUSHES:
            pushed = tmp_path / "print" / "pushed.typ"
            pushed.write_text(f"{source[:first]}#v({push}cm)\n{source[first:]}", "utf-8")
            typst.compile(str(pushed), output=str(paper), root=str(pushed.parent))
            assert lost(body, paper) == [], f"pushed down by {push} cm"
            assert outside(paper) == [], f"pushed down by {push} cm"
            ends.add(starts(paper))
        assert len(ends) > 1, "pushing the text down moved no page's end"
