"""A post to take elsewhere: CommonMark with front matter, pictures beside it, a card image."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.press import card, pandoc
from groundwork.press.document import Document, Refused
from groundwork.press.inputs import Inputs
from groundwork.press.page import resolve
from groundwork.press.render import Options, banners, plain, prepare, provenance_of

DOCUMENT_LINK = re.compile(
    r"(?<!!)\[(?P<words>[^\]]*)\]\((?P<path>[^)\s:#]+)\.qmd(?P<anchor>#[^)\s]*)?\)"
)
PORTABLE = [
    "--to=commonmark+tex_math_dollars+pipe_tables+footnotes-raw_html",
    "--wrap=none",
    "--reference-links=false",
]


def write(qmd: Path, out: Path, picture: Path, options: Options, site: dict[str, Any]) -> None:
    """Write the post as `out`, its figures below `out`'s folder, its card image as `picture`."""
    document, needs, woven = prepare(qmd, options)
    where = document.path.relative_to(document.root).as_posix()
    text = pandoc.convert(
        woven,
        options.work,
        document.root,
        PORTABLE,
        where=where,
        metadata={"link-citations": False},
        bibliography=needs.bibliography,
    )
    text = _outward(text, document, site)
    lines = banners(options.scale, provenance_of(needs)[1])
    notice = "".join(f"> **{line}**\n\n" for line in lines)
    for figure in needs.figures:
        room, _, name = figure.partition("/")
        for medium in ("png", "light.gif"):
            source = options.work / "figures" / room / f"{name}.{medium}"
            if source.is_file():
                target = out.parent / "figures" / room / source.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    write_text(out, _front(document, site) + notice + text)
    card.draw(document, _best_figure(document, needs, options), picture, site.get("title", ""))


def _outward(text: str, document: Document, site: dict[str, Any]) -> str:
    """Links to other documents made whole (or plain words, with no published address)."""
    home = site.get("address", "").rstrip("/")

    def link(match: re.Match[str]) -> str:
        if not home:
            return match["words"]
        target = resolve(document.url, match["path"]) + ".html" + (match["anchor"] or "")
        return f"[{match['words']}]({home}/{target})"

    text = re.sub(r"^# (?=\S)", "## ", text, flags=re.MULTILINE)
    return DOCUMENT_LINK.sub(link, text)


def _front(document: Document, site: dict[str, Any]) -> str:
    """YAML front matter of what blog engines agree on; values are JSON, which YAML contains."""
    front = document.metadata
    fields = {
        "title": str(front["title"]),
        "subtitle": front.get("subtitle"),
        "description": front.get("description"),
        "date": str(front.get("date", ""))[:10],
        "author": site.get("author"),
        "tags": plain(front.get("categories", [])),
        "canonical_url": f"{site['address'].rstrip('/')}/{document.url}"
        if site.get("address")
        else None,
        "license": "CC-BY-4.0",
        "cover_image": "card.png",
    }
    kept = {key: value for key, value in fields.items() if value}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in kept.items()]
    return "---\n" + "\n".join(lines) + "\n---\n\n"


def _best_figure(document: Document, needs: Inputs, options: Options) -> Path | None:
    named = str(document.metadata.get("image", "")).removeprefix("figures/")
    names = [named] if named else _in_order(document, needs)
    if not names:
        return None
    path = options.work / "figures" / f"{names[0]}.png"
    if not path.is_file():
        raise Refused(f"{document.path}: the card’s picture {names[0]!r} is no figure of the post")
    return path


def _in_order(document: Document, needs: Inputs) -> list[str]:
    return sorted(needs.figures, key=lambda name: document.body.find(f"figures/{name}"))
