"""What a PDF prints, held against the page made from the same document: nothing may be lost."""

import re
import unicodedata
from pathlib import Path

from lxml import html
from pypdf import PdfReader

# Formulas are compared elsewhere; a heading's anchor and a table's source belong to the page alone.
UNPRINTED = ".//math | .//svg | .//a[@class='anchor' or @class='source']"
SHORTEST = 3  # characters: shorter words occur inside others too often to be counted


def _plain(text: str) -> str:
    """Letters and digits alone: how words are spaced, hyphenated or joined does not matter."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def words(body: str) -> list[str]:
    """The words and numbers of a page's body, in order, formulas apart."""
    root = html.fragment_fromstring(body, create_parent="div")
    for element in root.xpath(UNPRINTED):
        element.drop_tree()
    return [word for word in map(_plain, " ".join(root.itertext()).split()) if word]


def lost(body: str, pdf: Path) -> list[str]:
    """Words that the PDF prints less often than the page's body does."""
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    printed, shown = _plain(text), words(body)
    whole = " ".join(shown)
    return sorted(
        word
        for word in set(shown)
        if len(word) >= SHORTEST and printed.count(word) < whole.count(word)
    )


def outside(pdf: Path) -> list[str]:
    """Texts that a PDF sets beyond the edges of its pages, where nobody sees them."""
    found: list[str] = []
    for page in PdfReader(pdf).pages:
        left, bottom, right, top = map(float, page.mediabox)

        def look(text, matrix, place, *_, box=(left, bottom, right, top)):
            x = place[4] * matrix[0] + place[5] * matrix[2] + matrix[4]
            y = place[4] * matrix[1] + place[5] * matrix[3] + matrix[5]
            inside = box[0] <= x <= box[2] and box[1] <= y <= box[3]
            if re.search(r"\w", text) and not inside:
                found.append(text.strip())

        page["/Resources"].get_object().pop(
            "/XObject", None
        )  # figures have coordinates of their own
        page.extract_text(visitor_text=look)
    return found
