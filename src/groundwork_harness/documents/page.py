"""A rendered document as a page: its HTML made fit for the site, and what the site must know."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree, html
from lxml.html import HtmlElement as Element

from groundwork_harness.documents import formulas
from groundwork_harness.documents.document import Document

SHORT = 24  # characters of a value that is kept on one line
SVG_SIZE = re.compile(rb'<svg[^>]*?\bviewBox="0 0 ([\d.]+) ([\d.]+)"')
THEOREM = (
    "theorem",
    "lemma",
    "corollary",
    "proposition",
    "conjecture",
    "definition",
    "example",
    "exercise",
)


@dataclass
class Parts:
    """What is gathered while a page's HTML is put in order."""

    toc: list[dict[str, Any]] = field(default_factory=list)
    search: list[dict[str, str]] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    alts: dict[str, str] = field(default_factory=dict)  # figure to its words
    anchors: list[str] = field(default_factory=list)
    words: int = 0


def finish(body: str, document: Document, stage: Path, ledger: dict[str, str]) -> tuple[str, Parts]:
    """The body with themed figures, linked claims, scrolling tables and heading anchors.

    `ledger` maps a claim's name to the words shown on hovering it; `stage` holds the figures.
    """
    root = html.fragment_fromstring(body, create_parent="div")
    up = "../" * document.url.count("/")
    parts = Parts()
    _figures(root, parts, up, stage)
    _links(root, up)
    _claims(root, parts, up, ledger)
    _scrollers(root)
    _headings(root, parts)
    parts.anchors = sorted({str(i) for i in root.xpath("//@id")})
    parts.search = list(_entries(root))
    formulas.finish(root)
    parts.words = len(" ".join(_text(e) for e in root).split())
    inner = "".join(etree.tostring(e, encoding="unicode", method="html") for e in root)
    return (root.text or "") + inner, parts


def _figures(root: Element, parts: Parts, up: str, stage: Path) -> None:
    for image in list(root.iter("img")):
        stem = image.get("data-stem")
        if stem is None:
            continue
        parts.figures.append(stem.removeprefix("figures/"))
        parts.alts[parts.figures[-1]] = image.get("alt", "")
        moves = image.get("data-moves") is not None
        size = SVG_SIZE.search((stage / f"{stem}.light.svg").read_bytes()[:4000])
        pair = html.Element("span", {"class": "themed" + (" moves" if moves else "")})
        pair.tail = image.tail
        for theme in ("light", "dark"):
            picture = html.Element("picture", {"class": f"on-{theme}"})
            source = f"{up}{stem}.{theme}."
            if moves:
                still = html.Element("source", media="(prefers-reduced-motion: reduce), print")
                still.set("srcset", source + "svg")
                picture.append(still)
            shown = html.Element(
                "img", src=source + ("gif" if moves else "svg"), alt=image.get("alt", "")
            )
            shown.set("loading", "lazy")
            shown.set("decoding", "async")
            if size:
                shown.set("width", str(round(float(size[1]) * 4 / 3)))
                shown.set("height", str(round(float(size[2]) * 4 / 3)))
            picture.append(shown)
            pair.append(picture)
        image.getparent().replace(image, pair)


def _links(root: Element, up: str) -> None:
    for link in root.iter("a"):
        target = link.get("href", "")
        if re.match(r"^(https?:)?//", target):
            link.set("rel", "noopener")
        elif re.search(r"\.qmd(#|$)", target):
            link.set("href", re.sub(r"\.qmd(?=#|$)", ".html", target))
        elif target.startswith("/"):
            link.set("href", up + target[1:])


def _claims(root: Element, parts: Parts, up: str, ledger: dict[str, str]) -> None:
    for span in root.xpath('.//span[contains(concat(" ", @class, " "), " claim ")]'):
        key = span.get("data-key", "")
        span.tag = "a"
        if len(span.text_content()) > SHORT:
            span.set("class", f"{span.get('class')} long")
        span.set("href", f"{up}ledger/{key.partition('.')[0]}.html#{key}")
        span.set("title", ledger.get(key, key))
        parts.claims.append(key)
    for div in root.xpath('.//div[contains(concat(" ", @class, " "), " sourced ")]'):
        key = div.get("data-key", "")
        parts.tables.append(key)
        source = html.Element(
            "a", {"class": "source", "href": f"{up}ledger/{key.partition('.')[0]}.html#{key}"}
        )
        source.text = f"source: {key.replace('.', '/')}.csv"
        div.append(source)


def _wrap(element: Element, tag: str, name: str) -> None:
    box = html.Element(tag, {"class": name})
    box.tail, element.tail = element.tail, None
    element.getparent().replace(element, box)
    box.append(element)


def _scrollers(root: Element) -> None:
    for table in list(root.iter("table")):
        _wrap(table, "div", "scroll table-scroll")


def _headings(root: Element, parts: Parts) -> None:
    for title in root.iter("h1"):  # the references' heading; the page has its title already
        title.tag = "h2"
    for heading in root.iter("h2", "h3", "h4"):
        name = heading.get("id")
        if not name:
            continue
        number = heading.xpath('string(.//span[@class="header-section-number"])')
        title = _text(heading)
        parts.toc.append(
            {"id": name, "level": int(heading.tag[1]), "title": title, "number": number}
        )
        anchor = html.Element(
            "a", {"class": "anchor", "href": f"#{name}", "aria-label": f"Link to “{title}”"}
        )
        anchor.text = "#"
        heading.append(anchor)


def _text(element: Element) -> str:
    """Readable text: formulas by their TeX source only, no heading anchors."""
    copy = html.fromstring(
        etree.tostring(element, encoding="unicode", with_tail=False, method="html")
    )
    for math in copy.xpath('//*[local-name()="math"]'):
        tex, tail = formulas.source(math) or math.text_content(), math.tail or ""
        math.clear()
        math.text, math.tail = tex, tail
    for anchor in copy.xpath('//a[@class="anchor"]'):
        anchor.text = ""
    return " ".join(copy.text_content().split())


def _entries(root: Element) -> Iterator[dict[str, str]]:
    """Search entries: each section with its text, each theorem by its name."""
    current: dict[str, Any] = {"id": "", "title": "", "kind": "text", "words": []}
    for child in root:
        inner = child if child.tag in ("h2", "h3") else None
        if inner is not None and inner.get("id"):
            if current["words"]:
                yield _entry(current)
            current = {"id": inner.get("id"), "title": _text(inner), "kind": "section", "words": []}
        else:
            current["words"].append(_text(child))
    if current["words"]:
        yield _entry(current)
    for div in root.xpath(".//div[@id]"):
        kinds = [k for k in (div.get("class") or "").split() if k in THEOREM]
        if kinds:
            title = div.xpath('.//span[contains(@class, "theorem-title")]')
            name = _text(title[0]) if title else div.get("id")
            yield {"id": div.get("id"), "title": name, "kind": kinds[-1], "text": _text(div)[:600]}


def _entry(current: dict[str, Any]) -> dict[str, str]:
    return {k: current[k] for k in ("id", "title", "kind")} | {"text": " ".join(current["words"])}


def resolve(url: str, target: str) -> str:
    """A link of the page at `url`, as a path from the site's root."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(url), target))
