"""What a page tells machines that show links to it: Open Graph, Twitter cards, JSON-LD."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from groundwork_harness.documents.page_context import Page

CARD = (1200, 630)


def tags(page: Page, site: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(attribute, name, content) of each `<meta>`; addresses only where the site has one."""
    article = page["kind"] == "post"
    found = [
        ("property", "og:title", page["title"]),
        ("property", "og:description", page["description"]),
        ("property", "og:type", "article" if article else "website"),
        ("property", "og:site_name", site["title"]),
        ("name", "author", ", ".join(page["authors"])),
    ]
    if site["address"]:
        found.append(("property", "og:url", page["canonical"]))
    if article:
        found.append(("property", "article:published_time", page["date"]))
        found += [("property", "article:author", name) for name in page["authors"]]
        found += [("property", "article:tag", category) for category in page["categories"]]
    found += _picture(page, site)
    return [entry for entry in found if entry[2]]


def _picture(page: Page, site: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The card of a post, or a page's best figure; sites that show links take whole addresses only."""
    address = image(page, site)
    yield "name", "twitter:card", "summary_large_image" if address else "summary"
    if not address:
        return
    yield "property", "og:image", address
    if page["card"]:
        yield "property", "og:image:width", str(CARD[0])
        yield "property", "og:image:height", str(CARD[1])
    words = page["title"] if page["card"] else page.get("alts", {}).get(page.get("image"), "")
    yield "property", "og:image:alt", words or page["title"]


def image(page: Page, site: Mapping[str, Any]) -> str:
    """The whole address of the picture that stands for a page, or nothing."""
    if not site["address"]:
        return ""
    figure = f"figures/{page['image']}.png" if page.get("image") else ""
    path = page["card"] or figure
    return f"{site['address']}/{path}" if path else ""


def linked_data(page: Page, site: Mapping[str, Any]) -> Markup:
    """JSON-LD (schema.org) of a post, or of the site on its first page; else nothing."""
    if page["kind"] == "post":
        record: dict[str, Any] = {
            "@type": "BlogPosting",
            "headline": page["title"],
            "description": page["description"],
            "datePublished": page["date"],
            "author": [{"@type": "Person", "name": name} for name in page["authors"]],
            "keywords": page["categories"],
            "license": page["license"][1] or page["license"][0],
            "mainEntityOfPage": page["canonical"],
            "image": image(page, site),
        }
    elif page["url"] == "index.html":
        record = {
            "@type": "WebSite",
            "name": site["title"],
            "description": site["tagline"],
            "url": f"{site['address']}/" if site["address"] else "",
        }
    else:
        return Markup("")
    said = {key: value for key, value in record.items() if value}
    whole = {"@context": "https://schema.org", **said, "inLanguage": site["language"]}
    text = json.dumps(whole, ensure_ascii=False).replace("<", "\\u003c")  # no </script> in it
    return Markup(f'<script type="application/ld+json">{text}</script>')
