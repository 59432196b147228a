"""Numbers and cross-references: as Quarto gives them, the same on the page and in print."""

import re

import pytest
from engines import EACH
from lxml import html
from pypdf import PdfReader


@pytest.fixture(scope="module")
def page(press):
    return html.fragment_fromstring(press.page("posts/spectra")["body"], create_parent="div")


def text_of(page, path):
    return [" ".join(e.text_content().split()).replace("\u00a0", " ") for e in page.xpath(path)]


def test_references_read_as_quartos_do(page):
    links = dict(
        zip(
            page.xpath('//a[@class="quarto-xref"]/@href'),
            text_of(page, '//a[@class="quarto-xref"]'),
            strict=True,
        )
    )
    assert links == {
        "#thm-svd": "Theorem 1",
        "#fig-spectrum": "Figure 1",
        "#tbl-accuracy": "Table 1",
        "#sec-evidence": "Section 2",
        "#eq-svd": "Equation 1",
        "#eq-long": "Equation 2",
        "#lem-norm": "Lemma 1",
    }


def test_every_reference_points_at_its_target(page):
    targets = set(page.xpath("//@id"))
    for link in page.xpath('//a[@class="quarto-xref"]/@href'):
        assert link[1:] in targets


def test_each_kind_is_counted_by_itself_through_the_page(page):
    titles = text_of(page, '//span[@class="theorem-title"]')
    assert titles == [
        "Definition 1 (Adjoint)",
        "Theorem 1 (Singular value decomposition)",
        "Lemma 1",
    ]
    assert text_of(page, '//span[@class="equation-number"]') == ["(1)", "(2)"]
    assert text_of(page, '//span[@class="header-section-number"]') == ["1", "2", "2.1"]


def test_captions_have_a_colon_and_no_full_stop_added(page):
    assert text_of(page, "//figcaption")[0].startswith("Figure 1: Singular values of every layer")
    assert text_of(page, "//caption") == [
        "Table 1: Accuracy of the two methods on every family of matrices."
    ]
    assert not text_of(page, '//span[@class="theorem-title"]')[0].endswith(".")


def test_proofs_and_callouts(page):
    proofs = text_of(page, '//div[@class="proof"]/p[1]')
    assert all(proof.startswith("Proof. ") for proof in proofs)
    titles = text_of(page, '//div[@class="callout-title"]')
    assert titles == ["Note", "What failed"]


def test_citations_follow_the_fixed_style(page):
    assert text_of(page, '//span[@class="citation"]') == [
        "(Eckart and Young 1936, p. 213)",
        "(Karpathy 2022)",
    ]
    (first, _) = text_of(page, '//div[@id="refs"]/div')
    assert first.startswith("Eckart, C. and G. Young. 1936.")


@EACH
def test_page_and_pdf_number_alike(press, tmp_path, engine):
    """LaTeX counts by itself, the page by the filter: what readers cite must be the same."""
    page = html.fragment_fromstring(press.page("problem-sets/alpha")["body"], create_parent="div")
    wanted = text_of(page, '//a[@class="quarto-xref"]')
    titles = [t.split(" (")[0] for t in text_of(page, '//span[@class="theorem-title"]')]
    assert wanted
    press.pdf("problem-sets/alpha", tmp_path / f"{engine}.pdf", pdf_engine=engine)
    reader = PdfReader(tmp_path / f"{engine}.pdf")
    printed = " ".join("\n".join(p.extract_text() for p in reader.pages).split())
    for words in [*wanted, *titles]:
        assert words in printed.replace("\u00a0", " "), (engine, words)
    assert re.search(r"\(1\)", printed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("::: {#thm-a}\nx\n:::\n\n[@thm-a; @eckart1936]", "in one bracket"),
    ],
)
def test_the_filter_refuses_what_it_cannot_resolve(press, text, words):
    front = "title: T\nroom: alpha\ndate: 2026-01-31\ndescription: D"
    path = press.write("posts/trial/index", f"---\n{front}\n---\n{text}\n")
    with pytest.raises(Exception, match=words):
        press.page("posts/trial")
    path.unlink()
