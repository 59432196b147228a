"""The site: every link resolves, nothing leaves it, the same results give the same bytes."""

import hashlib
import json
import re
import shutil
from email.utils import parsedate_to_datetime
from urllib.parse import urlparse

import feedparser
import pytest
from lxml import etree, html
from site_links import broken

from groundwork_harness.documents import site as assembly


def pages(site, *, api=True):
    found = sorted(site.rglob("*.html"))
    return [p for p in found if api or "api" not in p.relative_to(site).parts]


def test_every_link_and_anchor_resolves(built):
    assert list(broken(built)) == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("rooms/nowhere.html", "no such file"),
        ("rooms/alpha.html#nowhere", "no such anchor"),
        ("../outside.html", "no such file"),
    ],
)
def test_a_broken_link_is_found(built, tmp_path, target, words):
    shutil.copytree(built, tmp_path / "site")
    (tmp_path / "outside.html").write_text("<p>not of the site</p>")
    page = tmp_path / "site" / "index.html"
    page.write_text(page.read_text().replace("</main>", f'<a href="{target}">x</a></main>'))
    (found,) = broken(tmp_path / "site")
    assert found.startswith(f"index.html: {target}")
    assert words in found


def test_no_page_asks_another_host(built):
    for path in pages(built):
        tree = html.parse(str(path)).getroot()
        asked = tree.xpath(
            "//script/@src | //img/@src | //link[@rel='stylesheet']/@href | //source/@srcset"
        )
        assert not [a for a in asked if re.match(r"(https?:)?//", a)], path
        styles = " ".join(tree.xpath("//style/text()"))
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", styles), path
    for path in (built / "assets").rglob("*.*"):
        if path.suffix in (".css", ".js"):
            text = path.read_text()
            assert not re.search(r"https?://", text.replace("http://www.w3.org/", "")), path


def digests(folder):
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_two_builds_are_byte_identical(press, built):
    again = press.site(press.folder / "again" / "site")
    assert digests(built) == digests(again)


def test_assembly_replaces_the_old_site_whole(press, tmp_path):
    out = tmp_path / "site"
    out.mkdir()
    (out / "stale.html").write_text("old")
    press.site(out, whole=False)
    assert not (out / "stale.html").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_a_failed_assembly_leaves_the_old_site(press, tmp_path, monkeypatch):
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text("old")

    def fail(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(assembly.Site, "_write_search", fail)
    with pytest.raises(OSError, match="disk full"):
        press.site(out, whole=False)
    assert (out / "index.html").read_text() == "old"


def test_smoke_pages_carry_a_banner(press, tmp_path):
    smoke = press.site(tmp_path / "site", scale="smoke", whole=False)
    for path in pages(smoke, api=False):
        assert "Smoke run" in path.read_text(), path.name


def test_laptop_pages_carry_none(built):
    assert not [p for p in pages(built, api=False) if "Smoke run" in p.read_text()]


CELL = "```{{python}}\n{}\n```"
SHOWN = {
    "alpha/spectra.json": '`{python} claim("alpha.spectra.top")`',
    "alpha/accuracy.json": CELL.format(
        '#| label: tbl-a\n#| tbl-cap: "A"\ntable("alpha.accuracy")',
    ),
    "alpha/figures/spectrum.record.json": '![S.](figures/alpha/spectrum){#fig-s fig-alt="A long curve."}',
}


@pytest.mark.parametrize("record", SHOWN)
def test_stand_ins_are_told_at_the_top(press, record):
    """Whatever a page shows of a result: one claim, one table or one figure."""
    text = (press.results / record).read_text()
    name = "guide/standing-in"
    imports = CELL.format(
        "#| label: lookup\nfrom groundwork_harness.documents.lookup import claim, table"
    )
    source = press.write(name, f"---\ntitle: T\n---\n\n{imports}\n\n{SHOWN[record]}\n")
    assert press.page(name)["standins"] == []
    (press.results / record).write_text(text.replace('"standins": []', '"standins": ["mnist"]'))
    try:
        page = press.page(name)
    finally:
        (press.results / record).write_text(text)
        source.unlink()
    assert page["standins"] == ["mnist"]


def test_each_number_links_to_its_line_in_the_ledger(built):
    tree = html.parse(str(built / "posts" / "spectra" / "index.html")).getroot()
    (link, *_) = tree.xpath('//a[@class="claim"]')
    assert link.get("href") == "../../ledger/alpha.html#alpha.spectra.top"
    for words in ("measured", "n = 72", "28 to 35.5", "alpha_spectra", "0123456"):
        assert words in link.get("title")
    ledger = html.parse(str(built / "ledger" / "alpha.html")).getroot()
    (row,) = ledger.xpath('//tr[@id="alpha.spectra.top"]')
    text = " ".join(row.text_content().split())
    assert "31.2 %" in text
    assert "A spectrum, measured" in text  # where it is shown


def test_the_footer_tells_engine_and_scale(built):
    footer = html.parse(str(built / "index.html")).getroot().xpath("string(//footer)")
    assert "pandoc 3." in footer
    assert "LaTeX" in footer
    assert "laptop" in footer


def test_the_feed_is_valid_and_full(built):
    """What the feed validator asks of RSS 2.0: well-formed, required elements, dates, guids."""
    root = etree.parse(str(built / "feed.xml")).getroot()
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        assert channel.findtext(name)
    own = channel.find("{http://www.w3.org/2005/Atom}link")
    assert own.get("rel") == "self"
    assert own.get("href").endswith("/feed.xml")
    assert root.xpath("string(channel/link)") == "https://site.example/groundwork/"
    items = channel.findall("item")
    assert [i.findtext("title") for i in items] == [
        "A second post on sigma_1",
        "A spectrum, measured",
    ]
    dates = [parsedate_to_datetime(i.findtext("pubDate")) for i in items]
    assert dates == sorted(dates, reverse=True)
    assert parsedate_to_datetime(channel.findtext("lastBuildDate")) == dates[0]
    guids = [i.findtext("guid") for i in items]
    assert len(set(guids)) == len(guids)
    assert all(g.startswith("https://site.example/groundwork/posts/") for g in guids)
    parsed = feedparser.parse(str(built / "feed.xml"))
    assert not parsed.bozo
    assert [entry.author for entry in parsed.entries] == ["The Groundwork authors"] * 2
    assert [tag.term for tag in parsed.entries[1].tags] == ["linear algebra", "compression"]
    assert parsed.feed.rights == "CC BY 4.0"
    body = parsed.entries[1].content[0].value
    assert "Eckart" in body
    assert "Squaring loses small singular values" in body  # to the last paragraph
    for target in re.findall(r'(?:src|href)="([^"]*)"', body):
        assert urlparse(target).scheme in ("http", "https"), target


def test_the_sitemap_lists_every_page(built):
    root = etree.parse(str(built / "sitemap.xml")).getroot()
    listed = {loc.text for loc in root.iter("{*}loc")}
    for path in pages(built):
        name = path.relative_to(built).as_posix()
        assert (f"https://site.example/groundwork/{name}" in listed) == (name != "404.html")


def test_search_knows_theorems_by_name(built):
    text = (built / "search-index.js").read_text()
    entries = json.loads(text.removeprefix("window.GROUNDWORK_SEARCH=").rstrip(";\n"))
    theorems = {e["t"].replace("\u00a0", " "): e["u"] for e in entries if e["k"] == "theorem"}
    assert theorems["Theorem 1 (Eckart, Young, Mirsky)"] == "problem-sets/alpha.html#thm-eym"


def test_pictures_have_words_and_sizes(built):
    for path in pages(built, api=False):
        for image in html.parse(str(path)).getroot().xpath("//main//img"):
            assert image.get("alt"), path
            if "gallery" not in str(path):
                assert image.get("loading") == "lazy"


def test_pages_are_light(built):
    """A first view (page, styles, scripts, fonts) under 300 KB; the largest page under 1.5 MB."""
    shared = sum(p.stat().st_size for p in (built / "assets").glob("*.*"))
    shared -= (built / "assets" / "search.js").stat().st_size
    shared += sum(p.stat().st_size for p in (built / "assets" / "fonts").glob("*.woff2"))
    for path in pages(built, api=False):
        assert path.stat().st_size + shared < 300_000, path


def test_the_reference_names_array_types_as_the_sources_do(built):
    text = (built / "api" / "groundwork" / "matmul.html").read_text()
    assert ">ArrayLike" in text
    for page in (built / "api").rglob("*.html"):
        assert not re.search(r"_SupportsArray|ndarray</span><span[^>]*>\[", page.read_text()), page
