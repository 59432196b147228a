"""Pages dressed for the templates: titles, dates, addresses, what belongs where."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup, escape

from groundwork_harness.documents import front as matter
from groundwork_harness.documents import pandoc
from groundwork_harness.documents.catalog import KINDS
from groundwork_harness.documents.document import unmarked
from groundwork_harness.documents.render import banners
from groundwork_harness.documents.sources import traced

WORDS_PER_MINUTE = 220
NAVIGATION = [
    ("Rooms", "rooms/index.html"),
    ("Posts", "posts/index.html"),
    ("Problem sets", "problem-sets/index.html"),
    ("Guide", "guide/index.html"),
    ("Ledger", "ledger.html"),
]
Page = dict[str, Any]


class Planned(Protocol):
    """What of a site's plan decides how a page looks."""

    @property
    def settings(self) -> Any: ...
    @property
    def rooms(self) -> Any: ...
    @property
    def scale(self) -> str: ...
    @property
    def pdfs(self) -> list[Path]: ...
    @property
    def cards(self) -> list[Path]: ...


def fact(text: str = "", *, href: str = "", code: str = "", join: str = ", ") -> dict[str, str]:
    """One entry of a room's facts: a text or code, perhaps a link."""
    return {"text": text, "href": href, "code": code, "join": join}


def dress(page: Page, plan: Planned) -> Page:
    """A rendered page with what the templates ask for."""
    front = page["metadata"]
    day = str(front.get("date", ""))[:10]
    room = front.get("room", "")
    image = str(front.get("image", "")).removeprefix("figures/")
    stem = Path(page["name"]).name if page["kind"] == "problem-set" else f"{room}-report"
    pdf = f"pdf/{stem}.pdf" if any(path.stem == stem for path in plan.pdfs) else ""
    if not (front.get("pdf") and page["kind"] in ("problem-set", "room")):
        pdf = ""
    card = f"cards/{Path(page['name']).name}.png"
    title, subtitle = str(front.get("title", page["name"])), str(front.get("subtitle", ""))
    page = page | signed(front, plan.settings, page["url"])
    return page | {
        "title": unmarked(title),
        "title_html": marked(title),
        "headline": marked(str(front.get("headline", title))),
        "subtitle_html": marked(subtitle) if subtitle else "",
        "description": unmarked(str(front.get("description", subtitle))),
        "date": day,
        "date_long": long_date(day) if day else "",
        "categories": list(front.get("categories", [])),
        "room": room,
        "number": plan.rooms.get(room, "").partition(" ")[0],
        "kicker": _kicker(page["kind"], plan.rooms.get(room, "")),
        "minutes": max(1, math.ceil(page["words"] / WORDS_PER_MINUTE)),
        "image": image or next(iter(page["figures"]), ""),
        "pdf": pdf,
        "card": card
        if any(path.parent.name == Path(card).stem for path in plan.cards)
        and page["kind"] == "post"
        else "",
        "body": Markup(traced(page["body"], plan.settings.get("repository", ""))),
        "toc": [entry | {"html": entry["title"]} for entry in page["toc"]],
        "section": _section(page),
        "banners": banners(plan.scale, page["standins"], draft=bool(front.get("draft"))),
        "facts": [],
        "costs": [],
        "older": None,
        "newer": None,
    }


def signed(front: Mapping[str, Any], settings: Mapping[str, Any], url: str) -> Page:
    """Who wrote a page, under which licence, and its one address."""
    return {
        "authors": matter.authors(front, settings),
        "license": matter.licence(front, settings),
        "canonical": matter.canonical(front, settings, url),
    }


def about(url: str, title: str, description: str) -> Page:
    """The page record of a listing."""
    section = url if any(url == target for _, target in NAVIGATION) else ""
    return {
        "url": url,
        "title": title,
        "description": description,
        "kind": "page",
        "card": "",
        "section": section,
    }


def picture(name: str, alt: str, up: str) -> str:
    """The light and dark pair of a figure, for templates."""
    source = escape(f"{up}figures/{name}")
    images = "".join(
        f'<picture class="on-{theme}"><img src="{source}.{theme}.svg" '
        f'alt="{escape(alt)}" loading="lazy" decoding="async"></picture>'
        for theme in ("light", "dark")
    )
    return f'<span class="themed">{images}</span>'


def marked(text: str) -> Any:
    """A title's markdown (emphasis, code, formulas) as HTML."""
    if not re.search(r"[*_`$\\]", text):
        return escape(text)
    return Markup(pandoc.inline_html(text))


def anchor(text: str) -> str:
    """A name fit for an address: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def long_date(day: str) -> str:
    """ISO date in words: 3 February 2026."""
    when = date.fromisoformat(day)
    return f"{when.day} {when:%B %Y}"


def _kicker(kind: str, room: str) -> str:
    words = {"post": "Post", "problem-set": "Problem set", "room": "Room", "guide": "Guide"}.get(
        kind, ""
    )
    number, _, title = room.partition(" ")
    return f"{words} · {number} {title}" if room and words else words


def _section(page: Page) -> str:
    folders = [folder for folder, kind in KINDS.items() if kind == page["kind"]]
    return f"{folders[0]}/index.html" if folders else ""


def rank(room: str, rooms: Iterable[str]) -> int:
    """A room's place in the curriculum; unknown ones come last."""
    names = list(rooms)
    return names.index(room) if room in names else len(names)
