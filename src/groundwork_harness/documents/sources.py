"""What a reader needs to go on from a page: the scripts behind a figure, and how to cite a post."""

import re
from typing import Any

from markupsafe import Markup, escape

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pictures

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
FIGURE = re.compile(r"<figure\b.*?</figure>", re.DOTALL)
PICTURE = re.compile(r"figures/(\w+)/(\w+)\.")
SPECIAL = {**{sign: f"\\{sign}" for sign in "&%$#_{}"}, "\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}  # fmt: skip


def traced(body: str, repository: str) -> str:
    """A page's HTML, in which each figure links its script and those of the steps it draws.

    `repository` is an address below which `/blob/HEAD/<path>` shows a file; nothing is linked
    where it is empty, or where this tree has no such script.
    """
    if not repository:
        return body

    def linked(figure: re.Match[str]) -> str:
        name = PICTURE.search(figure[0])
        words = links(name[1], name[2], repository.rstrip("/")) if name else ""
        return figure[0].replace("</figcaption>", f"{words}</figcaption>") if words else figure[0]

    return FIGURE.sub(linked, body)


def links(room: str, stem: str, repository: str) -> str:
    """Links to a figure's script and to the scripts of the steps whose results it draws."""
    picture = f"{room}/figures/{stem}"
    if not (ROOT / pictures.script(picture)).is_file():
        return ""
    parts = [path.split(".")[0].split("/") for path in pictures.inputs(picture)]
    steps = sorted({f"workflow/steps/{part[0]}/{part[1]}.py" for part in parts if len(part) > 1})
    files = {"script": [pictures.script(picture)],
             "data": [file for file in steps if (ROOT / file).is_file()]}  # fmt: skip
    words = [
        f"{kind} " + ", ".join(_link(file, repository) for file in found)
        for kind, found in files.items()
        if found
    ]
    return f'<span class="sources">{"; ".join(words)}</span>'


def _link(file: str, repository: str) -> str:
    *_, room, script = file.removesuffix(".py").split("/")
    return f'<a href="{escape(repository)}/blob/HEAD/{file}" rel="noopener">{room}/{script}</a>'


def bibtex(page: dict[str, Any], site: dict[str, Any]) -> Markup:
    """A post as a BibTeX entry, with the address by which it is known if it has one."""
    year, month = page["date"][:4], MONTHS[int(page["date"][5:7]) - 1]
    slug = page["name"].rpartition("/")[2]
    fields = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in page["authors"]),
        "title": f"{{{_tex(page['title'])}}}",
        "howpublished": _tex(site["title"]),
        "year": year,
        "url": page["canonical"],
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value]
    return escape("\n".join([f"@misc{{{slug}-{year},", *lines, f"  month = {month}", "}"]))


def _tex(text: str) -> str:
    return "".join(SPECIAL.get(sign, sign) for sign in text)
