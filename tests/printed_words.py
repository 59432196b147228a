"""What a PDF prints, held against the page made from the same document: nothing may be lost."""

import re
import unicodedata
from pathlib import Path

from lxml import html
from pypdf import PdfReader

# Formulas are compared elsewhere; a heading's anchor and a table's source belong to the page alone.
UNPRINTED = ".//math | .//svg | .//a[@class='anchor' or @class='source']"
MARGIN = 70  # points: running titles and page numbers stand within it, in both engines' layouts
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


def _pieces(pdf: Path) -> list[list[tuple[str, float, float, tuple[float, ...]]]]:
    """By page: each text with where it stands, and the page's edges; figures' own words apart."""
    pages = []
    for page in PdfReader(pdf).pages:
        found, box = [], tuple(map(float, page.mediabox))

        def look(text, matrix, place, *_, found=found, box=box):
            x = place[4] * matrix[0] + place[5] * matrix[2] + matrix[4]
            y = place[4] * matrix[1] + place[5] * matrix[3] + matrix[5]
            found.append((text, x, y, box))

        page["/Resources"].get_object().pop("/XObject", None)  # they have coordinates of their own
        page.extract_text(visitor_text=look)
        pages.append(found)
    return pages


def lost(body: str, pdf: Path) -> list[str]:
    """Words that the PDF prints less often than the page's body does.

    Running titles and page numbers are left out: a word may be hyphenated from one page to the next.
    """
    text = "".join(
        text
        for page in _pieces(pdf)
        for text, _, y, (_, bottom, _, top) in page
        if bottom + MARGIN < y < top - MARGIN
    )
    printed, shown = _plain(text), words(body)
    whole = " ".join(shown)
    return sorted(
        word
        for word in set(shown)
        if len(word) >= SHORTEST and printed.count(word) < whole.count(word)
    )


def outside(pdf: Path) -> list[str]:
    """Texts that a PDF sets beyond the edges of its pages, where nobody sees them."""
    return [
        text.strip()
        for page in _pieces(pdf)
        for text, x, y, (left, bottom, right, top) in page
        if re.search(r"\w", text) and not (left <= x <= right and bottom <= y <= top)
    ]
