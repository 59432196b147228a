"""Feed and sitemap: full-text RSS, and the list of pages for search engines."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from feedgen.feed import FeedGenerator
from lxml import etree, html

# A feed needs whole addresses. Until config.yaml's site.address says where the site is published,
# a name reserved for examples (RFC 2606) stands in, and nothing is requested from it.
UNPUBLISHED = "https://groundwork.example"


def write(out: Path, posts: list[dict[str, Any]], site: dict[str, Any]) -> None:
    """Write `feed.xml`, newest post first; its date is that of the newest post."""
    home = site["address"] or UNPUBLISHED
    generator = FeedGenerator()
    generator.title(site["title"])
    generator.link(href=f"{home}/feed.xml", rel="self", type="application/rss+xml")
    generator.link(href=f"{home}/", rel="alternate")  # the channel's own link is the last one given
    generator.description(site["tagline"])
    generator.language(site["language"])
    generator.generator("Groundwork")
    generator.copyright(site["license"])
    generator.load_extension("dc")
    generator.docs("https://www.rssboard.org/rss-specification")
    newest = max((post["date"] for post in posts), default="2026-01-01")
    generator.lastBuildDate(_moment(newest))
    for post in posts:
        address = f"{home}/{post['url']}"
        entry = generator.add_entry(order="append")
        entry.title(post["title"])
        entry.link(href=address)
        entry.guid(address, permalink=True)
        entry.pubDate(_moment(post["date"]))
        entry.description(escape(post["description"]))  # readers take it for HTML
        entry.dc.dc_creator(post["authors"])
        entry.content(whole(str(post["body"]), address), type="CDATA")
        for category in post["categories"]:
            entry.category(term=category)
    (out / "feed.xml").write_bytes(generator.rss_str(pretty=True))


def write_sitemap(out: Path, site: dict[str, Any]) -> None:
    """Write `sitemap.xml` of every page but the 404."""
    home = site["address"] or UNPUBLISHED
    pages = sorted(
        p.relative_to(out).as_posix() for p in out.rglob("*.html") if p.name != "404.html"
    )
    lines = [f"  <url><loc>{escape(home)}/{escape(page)}</loc></url>" for page in pages]
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    (out / "sitemap.xml").write_text(text + "\n".join(lines) + "\n</urlset>\n", encoding="utf-8")
    sitemap = f"Sitemap: {home}/sitemap.xml\n" if site["address"] else ""
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\n{sitemap}", encoding="utf-8")


def whole(body: str, address: str) -> str:
    """A post's HTML for readers elsewhere: whole addresses, light pictures, no page furniture."""
    root = html.fragment_fromstring(body, create_parent="div")
    for gone in root.xpath('.//*[contains(@class, "on-dark") or @class="anchor"]'):
        gone.drop_tree()
    for attribute in ("href", "src", "srcset"):
        for element in root.xpath(f".//*[@{attribute}]"):
            element.set(attribute, urljoin(address, element.get(attribute)))
    for element in root.iter():
        for name in [n for n in element.attrib if n.startswith("data-")]:
            del element.attrib[name]
    text: str = etree.tostring(root, encoding="unicode", method="html")
    return text


def _moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=8, tzinfo=UTC)
