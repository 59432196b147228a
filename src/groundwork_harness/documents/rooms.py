"""What the site says of a room beside its page: its facts, and its tile on the first page."""

import re
from typing import Any

from markupsafe import Markup

from groundwork.core import scales
from groundwork_harness.documents import ledger
from groundwork_harness.documents.page_context import Page, fact, picture


def best_picture(room: Page, pages: list[Page]) -> str:
    """The picture its front matter names, else the first on its page, posts, problem set."""
    kinds = ("post", "problem-set")
    others = [p for k in kinds for p in pages if p["kind"] == k and p["room"] == room["room"]]
    pictures = [room["image"], *(figure for page in others for figure in page["figures"])]
    return next(filter(None, pictures), "")


def tile(room: Page, pages: list[Page]) -> Page:
    """The room as the first page shows it: picture, number, title without its number."""
    image = None
    if room["image"]:
        words = {name: alt for page in pages for name, alt in page["alts"].items()}
        known = words.get(room["image"], f"A picture from {room['title']}")
        image = Markup(picture(room["image"], room["metadata"].get("image-alt", known), ""))
    return room | {"image": image, "title": re.sub(r"^[\d.]+\s+", "", room["title"])}


def facts(page: Page, pages: list[Page], plan: Any) -> list[tuple[str, list[dict[str, str]]]]:
    """A room at a glance: its documents, code, results, and the command that remakes it."""
    room = page["room"]
    mine = [p for p in pages if p["room"] == room and p["kind"] in ("post", "problem-set")]
    documents = [fact(p["title"], href=p["url"], join="; ") for p in mine]
    documents += [
        fact(path.name, href=f"pdf/{path.name}", join="; ")
        for path in plan.pdfs
        if path.stem in (room, f"{room}-report")
    ]
    found = [("Documents", documents)] if documents else []
    code = fact(code=f"src/groundwork/{room}")
    if plan.reference and (plan.reference / "groundwork" / f"{room}.html").is_file():
        code = fact(f"groundwork.{room}", href=f"api/groundwork/{room}.html")
    found.append(("Code", [code]))
    if ledger.has_page(plan.results, room):
        found.append(("Results", [fact("ledger", href=f"ledger/{room}.html")]))
    command = [
        "snakemake --cores all",
        f"{scales.reports(plan.scale)}/{room}",
        *scales.overlay(plan.scale),
    ]
    found.append(("Rerun", [fact(code=" ".join(command))]))
    if prerequisites := page["metadata"].get("prerequisites"):
        found.append(("Prerequisites", [fact(prerequisites)]))
    return found
