"""The site, assembled from rendered pages in one go: all of it is there, or the old one stays."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from groundwork_harness.documents import feed, ledger, links, rooms, social, sources
from groundwork_harness.documents.page_context import (
    NAVIGATION,
    Page,
    about,
    anchor,
    dress,
    rank,
    signed,
)
from groundwork_harness.documents.render import FIGURE_MEDIA, banners


@dataclass(frozen=True)
class Plan:
    """What a site is made of. `settings` is config.yaml's `site` block; `rooms` maps each room to
    its title in curriculum order; `pdfs` and `reference` are finished outputs to be taken in."""

    documents: Path
    results: Path
    pages: list[Path]
    settings: Mapping[str, str]
    rooms: Mapping[str, str]
    scale: str = "laptop"
    pdf_engine: str = "latex"
    pdfs: list[Path] = field(default_factory=list)
    cards: list[Path] = field(default_factory=list)
    reference: Path | None = None


def assemble(plan: Plan, out: Path) -> None:
    """Write the whole site beside `out`, then put it in its place."""
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    Site(plan, fresh).write()
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


class Site:
    """One assembly: the pages with what each needs of the others."""

    def __init__(self, plan: Plan, out: Path) -> None:
        self.plan, self.out = plan, out
        self.pages = [dress(json.loads(p.read_text(encoding="utf-8")), plan) for p in plan.pages]
        self.pages.sort(key=lambda page: page["name"])
        self.posts = sorted(self.of("post"), key=lambda p: (p["date"], p["name"]), reverse=True)
        self.rooms = sorted(self.of("room"), key=lambda p: rank(p["room"], plan.rooms))
        self.guide = sorted(
            self.of("guide"), key=lambda p: (p["metadata"].get("order", 99), p["name"])
        )
        for room in self.rooms:
            room["image"] = rooms.best_picture(room, self.pages)
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(plan.documents / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters["anchor"] = anchor
        words = {"tags": social.tags, "linked_data": social.linked_data, "bibtex": sources.bibtex}
        self.environment.globals |= words
        engines = sorted({page["engine"] for page in self.pages})
        self.frame = {
            **plan.settings,
            "address": plan.settings.get("address", "").rstrip("/"),
            "repository": plan.settings.get("repository", "").rstrip("/"),
            "scale": plan.scale,
            "engines": " and ".join(engines) or "nothing",
            "pdf_engine": {"latex": "LaTeX", "typst": "Typst"}.get(plan.pdf_engine, "nothing"),
            "navigation": NAVIGATION + ([("API", "api/index.html")] if plan.reference else []),
        }

    def of(self, kind: str) -> list[Page]:
        """The pages of one kind, by name."""
        return [page for page in self.pages if page["kind"] == kind]

    def write(self) -> None:
        """Everything: assets, figures, pages, listings, ledger, search, feed, sitemap."""
        shutil.copytree(self.plan.documents / "assets", self.out / "assets")
        self._copy_figures()
        for path in self.plan.pdfs:
            links.take_in(path, self.out / "pdf" / path.name)
        for path in self.plan.cards:  # posts/<slug>/card.png
            _copy(path, self.out / "cards" / f"{path.parent.name}.png")
        if self.plan.reference:
            shutil.copytree(self.plan.reference, self.out / "api")
        self._link_posts()
        for page in self.pages:
            self._write_page(page)
        self._write_listings()
        if not any(page["name"] == "index" for page in self.pages):
            self._write_contents()
        for name, context in ledger.pages(self.plan, self.pages):
            self.put(name, "ledger.html", **context)
        self.put("404.html", "404.html", page=about("404.html", "No such page", "Not here."))
        self._write_search()
        feed.write(self.out, self.posts, self.frame)
        feed.write_sitemap(self.out, self.frame)

    def put(self, url: str, template: str, **context: Any) -> None:
        """One file of the site from its template."""
        up = "../" * url.count("/")
        plain = {"banners": banners(self.plan.scale, [])} | signed({}, self.plan.settings, url)
        context["page"] = plain | context["page"]
        text = self.environment.get_template(template).render(site=self.frame, up=up, **context)
        target = self.out / url
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _copy_figures(self) -> None:
        names = {figure for page in self.pages for figure in page["figures"]}
        names |= {page["image"] for page in self.pages if page["image"]}
        for name in sorted(names):
            room, _, stem = name.partition("/")
            for medium in FIGURE_MEDIA:
                source = self.plan.results / room / "figures" / f"{stem}.{medium}"
                if source.is_file() and medium != "pdf":
                    _copy(source, self.out / "figures" / room / source.name)

    def _link_posts(self) -> None:
        for newer, older in zip(self.posts, self.posts[1:], strict=False):
            newer["older"], older["newer"] = older, newer

    def _write_page(self, page: Page) -> None:
        if page["name"] == "index":
            tiles = [rooms.tile(room, self.pages) for room in self.rooms]
            built = {room["room"] for room in self.rooms}
            missing = [title for room, title in self.plan.rooms.items() if room not in built]
            more = {"rooms": tiles, "missing": missing, "posts": self.posts[:5]}
            self.put("index.html", "home.html", page=page, **more)
            return
        if page["kind"] == "room":
            page["facts"] = rooms.facts(page, self.pages, self.plan)
            page["costs"] = ledger.costs(self.plan.results, page["room"])
        self.put(page["url"], "page.html", page=page)

    def _write_listings(self) -> None:
        categories = sorted({c for post in self.posts for c in post["categories"]})
        counted = [(c, sum(c in post["categories"] for post in self.posts)) for c in categories]
        page = about("posts/index.html", "Posts", "One question each, with the evidence.")
        self.put(
            page["url"],
            "listing.html",
            page=page | {"categories": counted},
            posts=self.posts,
            items=[],
        )
        for url, title, words, items in [
            ("rooms/index.html", "Rooms", "One for each assignment of the curriculum.", self.rooms),
            (
                "problem-sets/index.html",
                "Problem sets and reports",
                "As pages, and as PDFs for print.",
                self._papers(),
            ),
            (
                "guide/index.html",
                "Guide",
                "How the house is built, and how to add to it.",
                self.guide,
            ),
        ]:
            listed = [item | {"extra": item.get("extra")} for item in items]
            self.put(
                url,
                "listing.html",
                page=about(url, title, words) | {"categories": []},
                posts=[],
                items=listed,
            )

    def _write_contents(self) -> None:
        """The first page of a part of the site: what there is."""
        words = "A part of the site, built by itself: links to other parts lead nowhere."
        page = about("index.html", "Contents", words) | {"categories": []}
        items = [item | {"extra": item["pdf"]} for item in self.pages]
        self.put("index.html", "listing.html", page=page, posts=[], items=items)

    def _papers(self) -> list[Page]:
        papers = [page for page in self.pages if page["pdf"]]
        papers.sort(key=lambda page: (rank(page["room"], self.plan.rooms), page["kind"]))
        return [page | {"extra": page["pdf"]} for page in papers]

    def _write_search(self) -> None:
        entries = []
        for page in self.pages:
            for entry in page["search"]:
                top = not entry["id"]
                text = f"{page['description']} {entry['text']}" if top else entry["text"]
                entries.append(
                    {
                        "u": page["url"] + ("#" + entry["id"] if entry["id"] else ""),
                        "t": page["title"] if top else entry["title"],
                        "p": page["title"],
                        "k": "page" if top else entry["kind"],
                        "x": text,
                    }
                )
        data = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
        (self.out / "search-index.js").write_text(
            f"window.GROUNDWORK_SEARCH={data};\n", encoding="utf-8"
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
