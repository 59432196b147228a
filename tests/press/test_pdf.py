"""PDFs that can be handed out: repeatable, complete, with nothing sticking out."""

import re

import pytest
from engines import EACH, NEEDS_LATEX
from printed_words import lost, outside
from pypdf import PdfReader

ENGINES = ["latex", "typst"]


@EACH
def test_the_same_input_gives_the_same_bytes(press, tmp_path, engine):
    for name in ("one", "two"):
        remarks = press.pdf("problem-sets/alpha", tmp_path / f"{name}.pdf", pdf_engine=engine)
        assert remarks == []
    one, two = ((tmp_path / f"{name}.pdf").read_bytes() for name in ("one", "two"))
    assert one == two


@EACH
def test_title_proof_references_bookmarks_metadata(press, tmp_path, engine):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine=engine)
    reader = PdfReader(tmp_path / "x.pdf")
    printed = "\n".join(page.extract_text() for page in reader.pages)
    assert reader.metadata.title == "Singular values, derived"
    assert reader.metadata.author
    flat = str([entry if isinstance(entry, list) else entry.title for entry in reader.outline])
    assert "Decomposition" in flat
    for words in ("2 February 2026", "Theorem 1", "Proof", "References", "Psychometrika"):
        assert words in printed, words
    assert "(Eckart and Young 1936)" in " ".join(printed.split())
    assert "laptop scale" in " ".join(printed.split())


@EACH
def test_fonts_are_embedded(press, tmp_path, engine):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine=engine)
    for page in PdfReader(tmp_path / "x.pdf").pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            if inner.get("/Subtype") == "/Type3":
                continue  # its glyphs are in the file by nature
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), inner["/BaseFont"]


ROWS = "".join(f"| row{i}of | {i * 7919} |\n" for i in range(120))
# As a table of answers: rows of many lines, in a figure of a cell.
WORDS = " ".join(f"word{{n}}of{i}" for i in range(24))
TALL = "".join(
    f"| Question {n} | {WORDS.format(n=n)} | yes | {WORDS.format(n=n + 50)} | no |\n"
    for n in range(14)
)
LINES = "\n".join(f"line_{i} = function_{i}({i * 31})" for i in range(150))
LONG = {
    "table": f"| A | B |\n|---|---|\n{ROWS}",
    "captioned": f"::: {{#tbl-long}}\n| A | B | C | D | E |\n|---|---|---|---|---|\n{TALL}\nA caption.\n:::\n",
    "code": f"```python\n{LINES}\n```\n",
    "list": "\n".join(f"- item{i}of a list that is longer than a page" for i in range(90)) + "\n",
    "block": "::: {.callout-note}\n" + "\n\n".join(f"Part{i}of a note." for i in range(90)) + "\n:::\n",
}  # fmt: skip


@EACH
@pytest.mark.parametrize("kind", LONG)
def test_what_is_longer_than_a_page_loses_nothing(press, tmp_path, engine, kind):
    name = f"problem-sets/long-{kind}"
    path = press.write(name, f"---\ntitle: Long\n---\n\nBefore.\n\n{LONG[kind]}\nAfter.\n")
    assert press.pdf(name, tmp_path / "x.pdf", pdf_engine=engine) == []
    body = press.page(name)["body"]
    path.unlink()
    assert len(PdfReader(tmp_path / "x.pdf").pages) > 1
    assert lost(body, tmp_path / "x.pdf") == []
    assert outside(tmp_path / "x.pdf") == []


def test_a_lost_line_and_a_word_off_the_sheet_are_noticed(press, tmp_path):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine="typst")
    body = press.page("problem-sets/alpha")["body"]
    assert lost(body, tmp_path / "x.pdf") == []
    assert lost(f"{body}<p>The unitarily invariant 3.2</p>", tmp_path / "x.pdf") != []
    template = press.documents / "templates" / "article.typ"
    kept = template.read_text("utf-8")
    template.write_text(kept.replace("$body$", "$body$ #place(dx: 50cm)[beyond]"), "utf-8")
    press.pdf("problem-sets/alpha", tmp_path / "y.pdf", pdf_engine="typst")
    template.write_text(kept, "utf-8")
    assert outside(tmp_path / "y.pdf") == ["beyond"]


def test_no_figure_floats_in_typst(press, tmp_path):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine="typst")
    source = (press.folder / "work/problem-sets/alpha/x/document.typ").read_text("utf-8")
    assert "image(" in source
    assert not re.search(r"placement:\s*(?!none)|float:\s*true", source)


def test_numbers_that_never_settle_are_told(press, tmp_path):
    """Typst lays out five times at most, and its Python package warns only when asked."""
    template = press.documents / "templates" / "article.typ"
    kept = template.read_text("utf-8")
    restless = '#context counter("c").update(counter("c").final().at(0) + 1)'
    template.write_text(kept.replace("$body$", f"$body$ {restless}"), "utf-8")
    remarks = press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine="typst")
    template.write_text(kept, "utf-8")
    assert any("did not converge within five attempts" in remark for remark in remarks)
    assert press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine="typst") == []


@NEEDS_LATEX
def test_a_line_that_sticks_out_is_told(press, tmp_path):
    long = "x" * 120
    path = press.write("problem-sets/wide", f"---\ntitle: Wide\n---\n\n`{long}`\n")
    remarks = press.pdf("problem-sets/wide", tmp_path / "wide.pdf")
    path.unlink()
    assert any("sticks out by" in remark for remark in remarks)


@NEEDS_LATEX
def test_a_table_wider_than_the_page_wraps(press, tmp_path):
    row = f"| short | {'many words ' * 9} | {'and more ' * 9} |\n"
    text = f"| A | B | C |\n|---|---|--:|\n{row}{row}"
    path = press.write("problem-sets/broad", f"---\ntitle: Broad\n---\n\n{text}")
    assert press.pdf("problem-sets/broad", tmp_path / "broad.pdf") == []
    path.unlink()


@NEEDS_LATEX
def test_a_fault_of_latex_is_shown_not_its_log(press, tmp_path):
    path = press.write("problem-sets/broken", "---\ntitle: Broken\n---\n\n$\\nosuchcommand$\n")
    with pytest.raises(Exception, match=r"problem-sets/broken\.qmd: LaTeX stopped:\n! Undefined"):
        press.pdf("problem-sets/broken", tmp_path / "broken.pdf")
    path.unlink()


def test_formulas_are_spaced_as_latex_spaces_them(press, tmp_path):
    """Bars hug what they enclose, and big brackets and operators keep their class."""
    plain = r"$\lvert v\rvert \le \operatorname{diag}(s)$ and $b\bigl(x\bigr)\;\le\;\lVert J\rVert$"
    path = press.write("problem-sets/spaced", f"---\ntitle: Spaced\n---\n\n{plain}\n")
    press.pdf("problem-sets/spaced", tmp_path / "x.pdf", pdf_engine="typst")
    path.unlink()
    formulas = (press.folder / "work/problem-sets/spaced/x/document.typ").read_text("utf-8")
    assert 'op("diag")' in formulas
    assert "#h(0em)" not in formulas
    printed = PdfReader(tmp_path / "x.pdf").pages[0].extract_text()
    assert "diag(" in printed


def test_operators_with_limits_keep_them_in_typst(press, tmp_path):
    names = {r"\operatorname*{arg\,min}": "arg\u2006min", r"\operatorname* {esssup}": "esssup",
             r"\operatorname{diag}": "diag"}  # fmt: skip
    lines = [f"$$ {tex}_{{x}} f(u) $$ {{#eq-{i}}}\n" for i, tex in enumerate(names)]
    path = press.write("problem-sets/limits", "---\ntitle: Limits\n---\n\n" + "\n".join(lines))
    press.pdf("problem-sets/limits", tmp_path / "x.pdf", pdf_engine="typst")
    path.unlink()
    placed = []

    def look(text, matrix, place, *_):
        (x, y), (_, b, _, d, _, f) = place[4:6], matrix
        if text.strip():
            placed.append((text.strip(), x * b + y * d + f))

    PdfReader(tmp_path / "x.pdf").pages[0].extract_text(visitor_text=look)
    depths = {}
    for at, (text, height) in enumerate(placed):
        if text in names.values():
            assert placed[at + 1][0] == "𝑥"
            depths[text] = height - placed[at + 1][1]
    assert set(depths) == set(names.values())
    assert all((depth > 5) == (name != "diag") for name, depth in depths.items()), depths


@EACH
def test_smoke_pdfs_say_so(press, tmp_path, engine):
    press.pdf("problem-sets/alpha", tmp_path / "x.pdf", pdf_engine=engine, scale="smoke")
    printed = " ".join(PdfReader(tmp_path / "x.pdf").pages[0].extract_text().split())
    assert "Not a result" in printed
    assert "Smoke run" in printed
