"""What pages say of themselves to machines, with and without a published address; and drafts."""

import json
import re

import pytest
from lxml import html
from PIL import Image

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import front, site, social, sources
from groundwork_harness.documents.catalog import catalog

ROOMS = {"alpha": "1.1 The first room"}
HOME = "https://site.example/groundwork"
POST = "posts/spectra/index.html"


def tags(folder, page):
    """The page's tree and its `<meta>` tags by name; those that stand more than once as lists."""
    tree = html.parse(str(folder / page)).getroot()
    found = {}
    for entry in tree.xpath("//meta[@content]"):
        found.setdefault(entry.get("property") or entry.get("name"), []).append(
            entry.get("content")
        )
    return tree, {name: v[0] if len(v) == 1 else v for name, v in found.items()}


def linked(tree):
    """The page's JSON-LD records."""
    return [json.loads(e.text) for e in tree.xpath('//script[@type="application/ld+json"]')]


@pytest.fixture(scope="module")
def unpublished(press, tmp_path_factory):
    """The posts in a site without an address, one of them with front matter of its own."""
    folder = tmp_path_factory.mktemp("unpublished")
    text = press.qmd("posts/second").read_text()
    own = "author: [Ada, Emmy]\nlicense: CC0\ncanonical-url: https://elsewhere.example/first\n"
    press.write("posts/third/index", text.replace("---\n", "---\ndraft: true\n" + own, 1))
    try:
        names = ["index", "posts/spectra", "posts/second", "posts/third", "rooms/alpha"]
        paths = []
        for name in names:
            press.page(name)
            paths.append(press.folder / "pages" / "laptop" / f"{name}.json")
    finally:
        press.qmd("posts/third").unlink()
    settings = {"title": "G", "tagline": "T", "address": "", "author": "All", "language": "en",
                "license": "CC BY 4.0", "license_address": "https://example.org/by"}  # fmt: skip
    plan = site.Plan(press.documents, press.results, paths, settings, ROOMS)
    site.assemble(plan, folder / "site")
    return folder / "site"


def test_a_post_shows_its_card_and_says_who_wrote_it_when(built):
    tree, meta = tags(built, POST)
    assert meta["og:type"] == "article"
    assert meta["og:title"] == "A spectrum, measured"
    assert meta["og:url"] == f"{HOME}/{POST}"
    assert meta["og:image"] == f"{HOME}/cards/spectra.png"
    assert (meta["og:image:width"], meta["og:image:height"]) == ("1200", "630")
    assert meta["og:image:alt"]
    assert meta["twitter:card"] == "summary_large_image"
    assert meta["article:published_time"] == "2026-02-03"
    assert meta["article:author"] == meta["author"] == "The Groundwork authors"
    assert meta["article:tag"] == ["linear algebra", "compression"]
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{HOME}/{POST}"]
    with Image.open(built / "cards" / "spectra.png") as card:
        assert card.size == (1200, 630)


def test_a_post_is_a_blog_posting_and_the_first_page_a_site(built):
    (post,) = linked(tags(built, POST)[0])
    assert post == {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": "A spectrum, measured",
        "description": "What a matrix keeps when it is made smaller: a post that exercises the engine.",
        "datePublished": "2026-02-03",
        "author": [{"@type": "Person", "name": "The Groundwork authors"}],
        "keywords": ["linear algebra", "compression"],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "mainEntityOfPage": f"{HOME}/{POST}",
        "image": f"{HOME}/cards/spectra.png",
        "inLanguage": "en",
    }
    (home,) = linked(tags(built, "index.html")[0])
    assert (home["@type"], home["url"]) == ("WebSite", f"{HOME}/")
    assert linked(tags(built, "rooms/alpha.html")[0]) == []


def test_another_page_shows_its_best_figure(built):
    _, meta = tags(built, "rooms/alpha.html")
    path = meta["og:image"].removeprefix(f"{HOME}/")
    assert path.endswith(".png")
    assert (built / path).is_file()
    assert meta["og:type"] == "website"


def test_without_an_address_no_page_names_one(unpublished):
    for path in unpublished.rglob("*.html"):
        tree, meta = tags(unpublished, path.relative_to(unpublished))
        assert not {"og:url", "og:image"} & set(meta), path
        assert meta["og:title"]
        assert meta["twitter:card"] == "summary"
        if "third" not in path.parts:
            assert not tree.xpath("//link[@rel='canonical']")
        for record in linked(tree):
            assert not {"url", "image"} & set(record)
    assert "Sitemap" not in (unpublished / "robots.txt").read_text()


def test_front_matter_comes_before_the_configuration(unpublished):
    tree, meta = tags(unpublished, "posts/third/index.html")
    assert meta["article:author"] == ["Ada", "Emmy"]
    assert tree.xpath("//link[@rel='canonical']/@href") == ["https://elsewhere.example/first"]
    assert "Ada, Emmy" in tree.xpath('string(//p[@class="byline"])')
    assert "figures CC0, code" in " ".join(tree.xpath("string(//footer)").split())
    assert linked(tree)[0]["license"] == "CC0"
    tree, meta = tags(unpublished, "posts/second/index.html")
    assert meta["author"] == "All"
    assert "All · " in tree.xpath('string(//p[@class="byline"])')
    assert tree.xpath("//footer//a[contains(@rel, 'license')]/@href") == ["https://example.org/by"]


def test_a_title_cannot_end_the_linked_data():
    page = {"kind": "post", "url": "x", "title": "</script><b>", "description": "", "date": "",
            "authors": [], "categories": [], "license": ("", ""), "canonical": "", "card": ""}  # fmt: skip
    text = social.linked_data(page, {"address": "", "language": "en"})
    assert text.count("<") == 2


def test_a_draft_is_left_out_unless_asked_for_and_says_so(press, unpublished):
    path = press.write("posts/third/index", "---\ntitle: T\ndraft: true # not yet\n---\n\nWords.\n")
    try:
        assert "posts/third" not in catalog(press.documents, ROOMS)
        assert "posts/third" in catalog(press.documents, ROOMS, drafts=True)
        path.write_text(path.read_text().replace("true", "false"))
        assert "posts/third" in catalog(press.documents, ROOMS)
    finally:
        path.unlink()
    banner = tags(unpublished, "posts/third/index.html")[0].xpath('string(//p[@class="banner"])')
    assert "Draft" in banner


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": ""}, "no title"),
        ({"description": None}, "description:"),
        ({"date": "3 March 2026"}, "date: 2026-01-31"),
        ({"date": "2026-02-30"}, "date: 2026-01-31"),
        ({"categories": "algebra"}, "categories: [one, another]"),
        ({"draft": "yes, please"}, "true nor false"),
        ({"canonical-url": "posts/x"}, "https://"),
    ],
)
def test_faulty_front_matter_is_refused_with_a_remedy(more, words):
    good = {"title": "T", "description": "D", "date": "2026-03-03", "categories": ["a"]}
    assert list(front.faults(good, "post")) == []
    (fault,) = front.faults(good | more, "post")
    assert words in fault


def test_a_post_needs_a_day_and_a_line():
    assert len(list(front.faults({"title": "T"}, "post"))) == 2
    assert list(front.faults({"title": "T"}, "guide")) == []


def test_a_post_can_be_cited(unpublished):
    tree, _ = tags(unpublished, "posts/third/index.html")
    entry = tree.xpath('string(//details[contains(@class, "cite")]//code)')
    assert entry.startswith("@misc{third-")
    assert "  author = {{Ada} and {Emmy}}," in entry
    assert "  url = {https://elsewhere.example/first}," in entry
    assert re.search(r"^  month = [a-z]{3}$", entry, re.M)
    assert not tags(unpublished, "rooms/alpha.html")[0].xpath('//details[contains(@class, "cite")]')


def test_signs_that_latex_takes_for_its_own_are_escaped():
    page = {"name": "posts/a-b", "title": "50 % & more_or {less}", "date": "2026-01-31",
            "authors": ["Ada & Co"], "canonical": ""}  # fmt: skip
    entry = sources.bibtex(page, {"title": "G"}).unescape()
    assert "title = {{50 \\% \\& more\\_or \\{less\\}}}" in entry
    assert "author = {{Ada \\& Co}}" in entry
    assert "url" not in entry
    assert entry.endswith("  month = jan\n}")


def test_a_figure_links_its_script_and_its_steps_where_the_repository_is_known():
    body = (
        '<figure id="fig-a"><img src="../figures/kernel_ridge/tradeoff.light.svg">'
        "<figcaption>Figure 1: T.</figcaption></figure>"
        '<figure><img src="../figures/alpha/none.light.svg"><figcaption>F</figcaption></figure>'
    )
    assert sources.traced(body, "") == body
    linked = sources.traced(body, "https://code.example/g/")
    found = re.findall(r'href="([^"]*)"', linked)
    home = "https://code.example/g/blob/HEAD/workflow"
    assert found == [
        f"{home}/figures/kernel_ridge/tradeoff.py",
        f"{home}/steps/kernel_ridge/bandwidth.py",
    ]
    for address in found:
        assert (ROOT / address.partition("HEAD/")[2]).is_file()
    assert linked.count("sources") == 1
