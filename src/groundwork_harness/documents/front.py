"""Front matter: what a document says of itself, with config.yaml's `site` block behind it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlparse

DRAFT = re.compile(r"^draft:\s*true\b", re.MULTILINE)  # in front matter that is not parsed yet


def faults(front: Mapping[str, Any], kind: str) -> Iterator[str]:
    """What is wrong with the front matter of a document of this kind, and what to write."""
    if not front.get("title"):
        yield "no title in the front matter"
    if kind == "post" and not front.get("description"):
        yield 'a post needs a line for listings and feed: `description: "…"`'
    if kind == "post" and "date" not in front:
        yield "a post needs its day: `date: 2026-01-31`"
    if "date" in front and not _is_day(str(front["date"])):
        yield f"date {front['date']!r} is no day; write `date: 2026-01-31`"
    categories = front.get("categories", [])
    if not isinstance(categories, list) or not all(isinstance(c, str) for c in categories):
        yield f"categories {categories!r} is no list of words; write `categories: [one, another]`"
    if not isinstance(front.get("draft", False), bool):
        yield f"draft {front['draft']!r} is neither true nor false"
    if "crossref" in front:
        yield "crossref options of one document; those of _quarto.yml hold for all"
    if "number-sections" in front:
        yield "number-sections of one document; _quarto.yml numbers the sections of all"
    elsewhere = front.get("canonical-url")
    if elsewhere is not None and urlparse(str(elsewhere)).scheme not in ("http", "https"):
        yield f"canonical-url {elsewhere!r} is no whole address; write https://…"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def authors(front: Mapping[str, Any], site: Mapping[str, Any]) -> list[str]:
    """Who wrote it: the front matter's `author` (a name, a list, or Quarto's mappings), or all."""
    given = front.get("author") or site.get("author") or []
    entries = given if isinstance(given, list) else [given]
    return [str(entry["name"]) if isinstance(entry, Mapping) else str(entry) for entry in entries]


def licence(front: Mapping[str, Any], site: Mapping[str, Any]) -> tuple[str, str]:
    """Name and address of the licence: the front matter's `license` (Quarto's key), or the site's.

    A licence that the front matter names without a `url` has no address.
    """
    own = front.get("license")
    if isinstance(own, Mapping):
        return str(own.get("text", "")), str(own.get("url", ""))
    if own and own != site.get("license"):
        return str(own), ""
    return str(site.get("license", "")), str(site.get("license_address", ""))


def canonical(front: Mapping[str, Any], site: Mapping[str, Any], url: str) -> str:
    """The one address by which a page is known: where it first appeared, or its own; else empty."""
    if front.get("canonical-url"):
        return str(front["canonical-url"])
    home = str(site.get("address", "")).rstrip("/")
    return f"{home}/{url}" if home else ""
