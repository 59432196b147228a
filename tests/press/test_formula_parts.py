"""The formulas of a page and of its PDF by Typst hold the same letters and figures, one by one.

Formulas of the kinds that the documents use; that limits stand below is told in test_pdf.
"""

import importlib.util
import re
import unicodedata
from collections import Counter
from pathlib import Path

from pypdf import PdfReader

from groundwork.press import pdf

KNOWN = [
    r"\operatorname*{arg\,min}_x f(x)", r"\mathbf{R} x", r"\boldsymbol{\alpha} + \mathcal{L}",
    r"\operatorname{diag}(s)", r"\sum_{i=1}^{n} \frac{a_i}{\sqrt{b}}", r"\lVert x \rVert_2^2",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\begin{pmatrix} p & q \\ r & s \end{pmatrix}",
    r"\underbrace{u + v}_{w}", r"\hat{y} \bar{z} \tilde{t}", r"\text{if } k > 1", r"\mathbb{E}[X]",
]  # fmt: skip


def trial_of(folder):
    path = Path(__file__).with_name("test_quarto_remedies.py")
    spec = importlib.util.spec_from_file_location("press_trial", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Trial(folder)


def parts(text: str) -> Counter[str]:
    """How often each letter and figure stands in a text, whatever its style."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(sign for sign in plain if sign.isalnum())


def between(text: str, count: int) -> list[Counter[str]]:
    pieces = re.split(r"\[\[\d+\]\]", text)
    assert len(pieces) == count + 1
    return [parts(piece) for piece in pieces[1:]]


def compared(trial, given: list[str]) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """The formulas whose parts differ, with those of the page and of the PDF."""
    text = "\n\n".join(f"\\[\\[{i}\\]\\] ${tex}$" for i, tex in enumerate(given))
    text += f"\n\n\\[\\[{len(given)}\\]\\]"
    page = between(trial.page(text, "embedded").text_content(), len(given) + 1)[:-1]
    out = trial.folder / "x.pdf"
    pdf.to_pdf(trial.write(text), out, trial.options(pdf_engine="typst"))
    printed = " ".join(sheet.extract_text() for sheet in PdfReader(out).pages)
    paper = between(printed, len(given) + 1)[:-1]
    rows = zip(given, page, paper, strict=True)
    return {tex: (web, ink) for tex, web, ink in rows if web != ink}


def test_page_and_pdf_have_the_same_parts(tmp_path):
    assert not compared(trial_of(tmp_path), KNOWN)


def test_a_lost_part_is_seen(tmp_path, monkeypatch):
    whole = pdf._spaced
    monkeypatch.setattr(pdf, "_spaced", lambda source: whole(source).replace("alpha", "beta"))
    wrong = compared(trial_of(tmp_path), KNOWN)
    assert list(wrong) == [r"\boldsymbol{\alpha} + \mathcal{L}"]
