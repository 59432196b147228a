"""A post to take elsewhere: CommonMark with front matter, pictures beside it, a card image."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork_harness.documents import card, front, pandoc
from groundwork_harness.documents.document import Document, Refused, unmarked
from groundwork_harness.documents.inputs import Inputs
from groundwork_harness.documents.render import Options, banners, plain, prepare, provenance_of

FORMULA = re.compile(r"(?<!\\)\$")
PORTABLE = [
    "--to=commonmark+tex_math_dollars+pipe_tables+footnotes-raw_html",
    "--wrap=none",
    "--reference-links=false",
]


def write(qmd: Path, out: Path, picture: Path, options: Options, site: dict[str, Any]) -> None:
    """Write the post as `out`, its figures below `out`'s folder, its card image as `picture`."""
    document, needs, woven = prepare(qmd, options)
    where = document.path.relative_to(document.root).as_posix()
    home = site.get("address", "").rstrip("/")
    text = pandoc.convert(
        woven,
        options.work,
        document.root,
        PORTABLE,
        where=where,
        metadata={"link-citations": False, "home": home, "page": document.url},
        bibliography=needs.bibliography,
        last="portable.lua",
    )
    draft = bool(document.metadata.get("draft"))
    lines = banners(options.scale, provenance_of(needs)[1], draft=draft)
    notice = "".join(f"> **{line}**\n\n" for line in lines)
    _pictures(needs, options, out.parent)
    card.draw(document, _best_figure(document, needs, options), picture, site.get("title", ""))
    head = _front(document, site, picture.name, math=bool(FORMULA.search(text)))
    write_text(out, head + notice + text)


def _pictures(needs: Inputs, options: Options, folder: Path) -> None:
    """Each figure as the still that readers everywhere can show, and moving where it moves."""
    shutil.rmtree(folder / "figures", ignore_errors=True)  # those of an older text
    for figure in needs.figures:
        room, _, name = figure.partition("/")
        for medium in ("png", "light.gif"):
            source = options.work / "figures" / room / f"{name}.{medium}"
            if source.is_file():
                target = folder / "figures" / room / source.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def _front(document: Document, site: dict[str, Any], picture: str, *, math: bool) -> str:
    """YAML front matter under the names that Hugo, Jekyll and others look for.

    Its values are JSON, which YAML contains. Titles lose their markup, which blog engines print.
    """
    given = document.metadata
    words = {
        key: unmarked(str(given.get(key) or "")) for key in ("title", "subtitle", "description")
    }
    categories = plain(given.get("categories", []))
    licence, address = front.licence(given, site)
    fields = {
        **words,
        "date": str(given.get("date", ""))[:10],
        "draft": bool(given.get("draft")),
        "author": ", ".join(front.authors(given, site)),
        "categories": categories,
        "tags": categories,
        "lang": site.get("language"),
        "canonical_url": front.canonical(given, site, document.url),
        "license": licence,
        "license_url": address,
        "math": math,
        "image": picture,  # Jekyll's SEO tag
        "images": [picture],  # Hugo's Open Graph and Twitter templates
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
