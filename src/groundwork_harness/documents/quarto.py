"""The Quarto engine: the same documents through the `quarto` command, one private project each.

Renders of one Quarto project race, so each document gets a project of its own: the real
`_quarto.yml`, the shared filter and styles, the document at its own place, its figures beside it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree, html
from lxml.html import HtmlElement as Element

from groundwork.core.atomic import replacing
from groundwork.core.provenance import ROOT
from groundwork_harness.documents.document import (
    Document,
    Refused,
    expanded,
    included,
    lines_with_fences,
)
from groundwork_harness.documents.inputs import Inputs
from groundwork_harness.documents.render import Options

OLDEST = (1, 4)
CALLOUT = re.compile(r"^:{3,}\s*\{[^}\n]*\.callout-(\w+)", re.MULTILINE)
NUMBER = re.compile(r"\s*\\qquad\s*\((?P<number>[\d.]+)\)\s*$")


@cache
def version() -> str:
    """Quarto's version; raises `Refused` where there is none or it is too old."""
    try:
        done = subprocess.run(["quarto", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise Refused(
            "render.engine is quarto, but there is no working `quarto` command"
        ) from problem
    found = done.stdout.strip()
    parts = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if parts < OLDEST:
        raise Refused(f"Quarto {found} is older than {'.'.join(map(str, OLDEST))}; update it")
    return found


def to_html(document: Document, needs: Inputs, options: Options) -> str:
    """The body of the page that Quarto makes of a document."""
    made = _render(document, needs, options, "html")
    kinds = CALLOUT.findall(
        "\n".join("" if fence else line for _, line, fence in lines_with_fences(expanded(document)))
    )
    where = document.path.relative_to(document.root).as_posix()
    return body_of(made.read_text(encoding="utf-8"), kinds, where)


def to_pdf(
    document: Document,
    needs: Inputs,
    options: Options,
    out: Path,
    more: dict[str, Any],
    moment: datetime,
) -> list[str]:
    """The PDF that Quarto makes of a document, by LaTeX or Typst, dated `moment`.

    `more` is metadata and, below `format`, pieces of text beside those of `_quarto.yml`.
    """
    target = "pdf" if options.pdf_engine == "latex" else "typst"
    made = _render(document, needs, options, target, more, moment)
    with replacing(out) as temporary:
        shutil.copyfile(made, temporary)
    return []


def project(
    document: Document, needs: Inputs, options: Options, target: str, more: dict[str, Any]
) -> Path:
    """Lay out the private project; the path of the document in it."""
    root = options.work / "project"
    relative = document.path.relative_to(document.root)
    settings = yaml.safe_load((document.root / "_quarto.yml").read_text(encoding="utf-8"))
    settings["author"] = options.author
    settings["bibliography"] = [str(path.resolve()) for path in needs.bibliography]
    for key, piece in more.get("format", {}).items():
        entries = settings["format"][target].get(key) or []
        settings["format"][target][key] = [*entries, piece]
    settings |= {key: value for key, value in more.items() if key != "format"}
    home = (root / relative).parent
    home.mkdir(parents=True)
    settings["project"] = {"type": "default"}  # the website is for a run by hand
    settings.pop("website", None)
    for name in ("filters", "references", "templates"):
        shutil.copytree(document.root / name, root / name)
    for path in document.root.rglob("_*.yml"):
        if path.name != "_quarto.yml":
            _copy(path, root / path.relative_to(document.root))
    for _, path in included(document.body, document.path, document.root):
        _copy(path, root / path.resolve().relative_to(document.root))
    _copy(document.path, root / relative)
    if (options.work / "figures").is_dir():
        shutil.copytree(options.work / "figures", home / "figures")
    (root / "_quarto.yml").write_text(yaml.safe_dump(settings, sort_keys=True), encoding="utf-8")
    return root / relative


def _render(
    document: Document,
    needs: Inputs,
    options: Options,
    target: str,
    more: dict[str, Any] | None = None,
    moment: datetime | None = None,
) -> Path:
    version()
    path = project(document, needs, options, target, more or {})
    root = options.work / "project"
    sources = os.pathsep.join(p for p in (str(ROOT / "src"), os.environ.get("PYTHONPATH", "")) if p)
    environment = os.environ | {"QUARTO_PYTHON": sys.executable, "PYTHONPATH": sources}
    if moment:  # the same input gives the same bytes
        environment |= {"SOURCE_DATE_EPOCH": str(int(moment.timestamp())), "FORCE_SOURCE_DATE": "1"}
    call = ["quarto", "render", str(path.relative_to(root)), "--to", target, "--output-dir", "out"]
    done = subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True)
    suffix = ".html" if target == "html" else ".pdf"
    made = root / "out" / path.relative_to(root).with_suffix(suffix)
    if done.returncode or not made.is_file():
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise Refused(f"{path.relative_to(root)}: quarto stopped (exit {done.returncode}):\n{said}")
    return made


def body_of(text: str, callouts: Sequence[str] = (), where: str = "") -> str:
    """The document itself in Quarto's HTML, in the embedded engine's shape; no title, no scripts.

    `callouts` are the kinds of the callouts in order, which Quarto's HTML no longer tells.
    """
    root = html.document_fromstring(text)
    main = (
        root.xpath('//main[@id="quarto-document-content"]') or root.xpath("//main") or [root.body]
    )
    content = main[0]
    gone = './/header[@id="title-block-header"] | .//script | .//style | .//nav[@id="TOC"]'
    for element in content.xpath(gone):
        element.drop_tree()
    for section in content.xpath('.//section[contains(@class, "level")]'):
        heading = section[0] if len(section) else None
        if heading is not None and section.get("id") and not heading.get("id"):
            heading.set("id", section.get("id"))
        section.drop_tag()
    _callouts(content, callouts, where)
    _equations(content)
    _outputs(content)
    inner = "".join(etree.tostring(e, encoding="unicode", method="html") for e in content)
    return (content.text or "") + inner


def _callouts(content: Element, kinds: Sequence[str], where: str) -> None:
    """Without a theme a callout is a blockquote whose first paragraph is its title in bold."""
    found = [
        quote
        for quote in content.iter("blockquote")
        if len(quote)
        and quote[0].tag == "p"
        and [child.tag for child in quote[0]] == ["strong"]
        and quote[0].text_content() == quote[0][0].text_content()
    ]
    if len(found) != len(kinds):
        raise Refused(
            f"{where}: {len(kinds)} callouts stand in the text and {len(found)} in Quarto’s page; "
            "begin no quotation with a paragraph that is bold all through"
        )
    for quote, kind in zip(found, kinds, strict=True):
        title, body = html.Element("div"), html.Element("div")
        title.set("class", "callout-title")
        body.set("class", "callout-body")
        title.append(quote[0])
        title[0].tail = title.tail = "\n"  # words of two blocks do not run together in the search
        body.extend(list(quote))
        quote.tag, quote.text = "div", None
        quote.set("class", f"callout callout-{kind}")
        quote.extend([title, body])


def _equations(content: Element) -> None:
    r"""With MathML the number is a part of the formula, `\qquad(1)`; beside it is its place."""
    for math in content.xpath('.//*[starts-with(@id, "eq-")]//*[local-name()="math"]'):
        notes = math.xpath('.//*[local-name()="annotation"]')
        match = NUMBER.search(notes[0].text or "") if notes else None
        if not match:
            continue
        note = notes[0]
        note.text = note.text[: match.start()]
        row = note.getprevious()
        while len(row) and row[-1].tag != "mspace":
            row.remove(row[-1])
        if len(row):
            row.remove(row[-1])
        number = html.Element("span")
        number.set("class", "equation-number")
        number.text = f"({match['number']})"
        number.tail, math.tail = None, None
        math.addnext(number)
        box = math.getparent()
        while not (box.get("id") or "").startswith("eq-"):
            box = box.getparent()
        box.set("class", "equation")


def _outputs(content: Element) -> None:
    """What a cell printed, as the embedded engine has it: `pre.output`, no boxes around it."""
    for box in content.xpath('.//div[contains(concat(" ", @class, " "), " cell-output ")]'):
        for printed in box.iter("pre"):
            printed.set("class", "output")
        box.drop_tag()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
