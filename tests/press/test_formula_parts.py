"""The formulas of a page and of its PDF by Typst hold the same signs, one formula at a time.

Compared are letters and figures with their style (italic, upright, bold, script, …), which is a part
of their meaning. That limits stand below is told in test_pdf, and the subset refuses `\\tag`. Every
formula that the documents print is among them.
"""

import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import pandoc, pdf
from groundwork_harness.documents.document import lines_with_fences, read
from groundwork_harness.documents.markdown import CODE, COMMENT, DISPLAY, FORMULA

KNOWN = [
    r"\operatorname*{arg\,min}_x f(x)", r"\mathbf{R} x", r"\boldsymbol{\alpha} + \mathcal{L}",
    r"\operatorname{diag}(s)", r"\sum_{i=1}^{n} \frac{a_i}{\sqrt{b}}", r"\lVert x \rVert_2^2",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\begin{pmatrix} p & q \\ r & s \end{pmatrix}",
    r"\underbrace{u + v}_{w}", r"\hat{y} \bar{z} \tilde{t}", r"\text{if } k > 1", r"\mathbb{E}[X]",
    r"\bigl\lfloor x \bigr\rfloor \Big\| y \Big\rangle", r"\operatorname* {esssup}_x (g)",
    r"\mathrm{d}x\,\mathsf{T}", r"\mathbf 1^{\mathsf T} h", r"x'' + \Gamma(\varphi, \epsilon)",
]  # fmt: skip
Parts = Counter[tuple[str, str]]  # how often each sign stands in a formula, with its style
STYLES = ("BOLD ITALIC", "BOLD SCRIPT", "BOLD", "ITALIC", "DOUBLE-STRUCK", "SCRIPT", "SANS-SERIF")


def signs(text: str) -> Iterator[tuple[str, str]]:
    """Each letter and figure of a text: itself without style, and its style."""
    for sign in text:
        name = unicodedata.name(sign, "")
        style = "ITALIC" if sign == "ℎ" else next((s for s in STYLES if s in name), "")
        for plain in unicodedata.normalize("NFKC", sign):
            if plain.isalnum() and (plain.isascii() or "Ͱ" <= plain <= "Ͽ"):
                yield plain, style  # the others are parts of tall braces


def on_page(paragraph) -> Parts:
    """The parts of MathML: a single letter in `mi` is italic unless it says otherwise."""
    found: Parts = Counter()
    for leaf in paragraph.iter("mi", "mn", "mo", "mtext"):
        italic = leaf.tag == "mi" and len(leaf.text or "") == 1 and not leaf.get("mathvariant")
        found.update((s, style or "ITALIC" * italic) for s, style in signs(leaf.text or ""))
    return found


def compared(trial, given: list[str]) -> dict[str, tuple[Parts, Parts]]:
    """The formulas whose parts differ, with those of the page alone and of the PDF alone."""
    marked = (f"\\[\\[{i}\\]\\] ${tex}$" for i, tex in enumerate(given))
    text = "\n\n".join([*marked, f"\\[\\[{len(given)}\\]\\]"])
    page = trial.page(text, "embedded").xpath('./p[starts-with(., "[[")]')[:-1]
    template = trial.documents / "templates" / "article.typ"  # one long page: no headers between
    template.write_text(template.read_text().replace('paper: "a4"', "width: 21cm, height: auto"))
    out = trial.folder / "x.pdf"
    pdf.to_pdf(trial.write(text), out, trial.options(pdf_engine="typst"))
    (sheet,) = PdfReader(out).pages
    printed = re.split(r"\[\[\d+\]\]", sheet.extract_text())[1:-1]
    differing = {}
    for tex, paragraph, ink in zip(given, page, printed, strict=True):
        web, paper = on_page(paragraph), Counter(signs(ink))
        if web != paper:
            differing[tex] = web - paper, paper - web
    return differing


def of_documents() -> set[str]:
    """Every formula of the documents that have a PDF, as TeX in one line."""
    root, found = ROOT / "src" / "documents", set()
    for path in root.rglob("*.qmd"):
        document = read(path, root)
        if document.metadata.get("pdf"):
            rows = lines_with_fences(document.body)
            prose = COMMENT.sub("", "\n".join("" if fence else line for _, line, fence in rows))
            found |= {formula[0][2:-2] for formula in DISPLAY.finditer(prose)}
            prose = CODE.sub("", DISPLAY.sub("", prose))
            found |= {formula[0][1:-1] for formula in FORMULA.finditer(prose)}
    return {" ".join(tex.split()) for tex in found}


def test_page_and_pdf_have_the_same_parts(trials, tmp_path):
    printed = of_documents()
    assert len(printed) > 1000
    assert compared(trials(tmp_path), KNOWN + sorted(printed)) == {}


def test_the_mends_hold_in_pandocs_own_template(trials, tmp_path):
    """Where Quarto has them: in the header of a template that is pandoc's, not ours."""
    trial, call = trials(tmp_path), [pandoc.command(), "--print-default-template=typst"]
    own = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    path = trial.documents / "templates" / "article.typ"
    path.write_text(own.replace("$body$", "$mathematics()$\n\n$body$"))
    assert compared(trial, KNOWN) == {}


@pytest.mark.parametrize(
    ("right", "wrong", "tex"),
    [
        ("#let sans(body)", "#let unused(body)", r"\mathsf T"),
        ('"parallel": "‖"', '"parallel": "p"', r"\big\| x"),
        ("limitsof.+", "none.+", r"\operatorname*{argmin}_x f"),
    ],
)
def test_a_fault_is_seen(trials, tmp_path, right, wrong, tex):
    """Without the mends of pandoc's Typst; red when pandoc needs one of them no longer."""
    trial = trials(tmp_path)
    path = trial.documents / "templates" / "mathematics.typ"
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    assert list(compared(trial, [tex, "x"])) == [tex]
