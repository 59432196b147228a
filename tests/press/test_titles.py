"""A title is words, emphasis, code and formulas: tags, commands and links in it are shown as typed."""

import pytest
from engines import EACH
from lxml import etree, html
from pypdf import PdfReader

from groundwork_harness.documents import feed
from groundwork_harness.documents.page_context import marked, picture

HOSTILE = r'A "quoted" <img src=x onerror=alert(1)> $a<b$ & 50% #1 [l](javascript:f) `<b>` \alpha_1 @x {.y}'
SHOWN = r"<img src=x onerror=alert(1)>"


@pytest.fixture
def titled(press):
    quoted = "'" + HOSTILE.replace("'", "''") + "'"
    keys = ("title", "subtitle", "abstract", "description", "author")
    head = "\n".join(f"{key}: {quoted}" for key in keys)
    path = press.write(
        "problem-sets/titled", f"---\n{head}\ncategories: ['a<b>\"c']\n---\n\nText.\n"
    )
    yield "problem-sets/titled"
    path.unlink()


def test_on_a_page_nothing_but_emphasis_code_and_formulas_is_marked():
    root = html.fragment_fromstring(str(marked(HOSTILE)), create_parent="div")
    assert {element.tag for element in root.iter()} & {"img", "a", "b"} == set()
    assert SHOWN in " ".join(root.text_content().split())
    assert r"\alpha_1" in root.text_content()
    assert root.xpath('.//*[local-name()="math"]')
    assert root.xpath(".//code")[0].text == "<b>"


def test_a_pictures_name_and_words_cannot_leave_their_attributes():
    root = html.fragment_fromstring(picture('a" onerror="f', 'b" onload="f', ""))
    for image in root.iter("img"):
        assert set(image.attrib) == {"src", "alt", "loading", "decoding"}


def test_in_the_feed_it_is_text(tmp_path):
    post = {
        "url": "p.html", "date": "2026-01-01", "title": HOSTILE, "description": HOSTILE,
        "authors": ["O<b>"], "categories": ["a<b"], "body": "<p>x</p>",
    }  # fmt: skip
    site = {"address": "", "title": "T", "tagline": "t", "language": "en", "license": "x"}
    feed.write(tmp_path, [post], site)
    item = etree.parse(tmp_path / "feed.xml").find(".//item")
    assert item.findtext("title") == HOSTILE
    read = html.fragment_fromstring(item.findtext("description"), create_parent="div")
    assert len(read) == 0
    assert read.text == HOSTILE


@EACH
def test_in_print_it_reads_alike(press, tmp_path, titled, engine):
    press.pdf(titled, tmp_path / "x.pdf", pdf_engine=engine)
    reader = PdfReader(tmp_path / "x.pdf")
    for text in (reader.metadata.title, reader.metadata.subject, reader.metadata.author):
        assert SHOWN in text
    assert reader.metadata.get("/Keywords") == 'a<b>"c'
    words = "".join(reader.pages[0].extract_text().split())
    assert words.count("onerror=alert(1)>") >= 3
    assert words.count(r"\alpha_1") >= 3
