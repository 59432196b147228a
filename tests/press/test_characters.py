"""Characters in print: every one that is promised is set, by both engines; others are refused."""

import pytest
from engines import EACH, NEEDS_LATEX
from printed_words import lost
from pypdf import PdfReader

from groundwork_harness.documents.characters import LATEX, OWN
from groundwork_harness.documents.document import Refused

EVERY = sorted(set(LATEX) | OWN)
HEAD = "---\ntitle: Signs\npdf: true\nroom: alpha\n---\n\n"


def missing_glyphs(path):
    """How many characters a Typst PDF sets as the box that stands for no glyph."""
    found = []

    def look(operator, operands, *_):
        texts = operands[0] if operator == b"TJ" else operands if operator == b"Tj" else []
        for text in texts:
            data = text.encode("utf-16-be") if isinstance(text, str) else text
            if isinstance(data, bytes):
                found.extend(data[i : i + 2] for i in range(0, len(data), 2))

    for page in PdfReader(path).pages:
        page.extract_text(visitor_operand_before=look)
    return found.count(b"\0\0")


@EACH
@pytest.mark.parametrize("place", ["{}", "`{}`", "**{}**"])
def test_every_promised_character_is_set(press, tmp_path, engine, place):
    words = "\n".join(f"- sign {place.format(sign)}q" for sign in EVERY if not sign.isspace())
    path = press.write("problem-sets/signs", HEAD + words + "\n")
    try:
        press.pdf("problem-sets/signs", tmp_path / "x.pdf", pdf_engine=engine)
        page = press.page("problem-sets/signs")
    finally:
        path.unlink()
    assert lost(page["body"].replace("<li>", "<li> "), tmp_path / "x.pdf") == []
    if engine == "typst":
        assert missing_glyphs(tmp_path / "x.pdf") == 0


@pytest.mark.parametrize("text", ["A 漢 here.", "Code `ж`.", "```text\n🙂\n```", "Formula $ж$."])
def test_another_is_refused_with_its_line_and_a_remedy(press, tmp_path, text):
    path = press.write("problem-sets/signs", f"{HEAD}First line.\n\n{text}\n")
    with pytest.raises(Refused, match=r"problem-sets/signs\.qmd:(9|10): .*LaTeX.s fonts lack it"):
        press.pdf("problem-sets/signs", tmp_path / "x.pdf")
    path.unlink()


@NEEDS_LATEX
def test_one_that_comes_out_of_a_result_is_refused_too(press, tmp_path):
    cell = '```{python}\n#| label: shown\nprint("\\u6f22")\n```\n'
    path = press.write("problem-sets/signs", HEAD + cell)
    with pytest.raises(Refused, match=r"signs\.qmd: (?s:.*)U\+6F22"):
        press.pdf("problem-sets/signs", tmp_path / "x.pdf")
    path.unlink()
