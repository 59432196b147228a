"""The Quarto engine: the same documents through the `quarto` command, one private project each.

Renders of one Quarto project race, so each document gets a project of its own: the real
`_quarto.yml`, the shared filter and styles, the document at its own place, its figures beside it.
"""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import yaml
from lxml import etree, html

from groundwork.core.atomic import replacing
from groundwork.core.provenance import ROOT
from groundwork.press.document import Document, Refused, included
from groundwork.press.inputs import Inputs
from groundwork.press.render import Options

OLDEST = (1, 4)


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
    return body_of(made.read_text(encoding="utf-8"))


def to_pdf(document: Document, needs: Inputs, options: Options, out: Path) -> list[str]:
    """The PDF that Quarto makes of a document, by LaTeX or Typst."""
    target = "pdf" if options.pdf_engine == "latex" else "typst"
    made = _render(document, needs, options, target)
    with replacing(out) as temporary:
        shutil.copyfile(made, temporary)
    return []


def project(document: Document, needs: Inputs, options: Options) -> Path:
    """Lay out the private project; the path of the document in it."""
    root = options.work / "project"
    relative = document.path.relative_to(document.root)
    settings = yaml.safe_load((document.root / "_quarto.yml").read_text(encoding="utf-8"))
    settings["author"] = options.author
    settings["bibliography"] = [str(path.resolve()) for path in needs.bibliography]
    home = (root / relative).parent
    home.mkdir(parents=True)
    for name in ("filters", "references"):
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


def _render(document: Document, needs: Inputs, options: Options, target: str) -> Path:
    version()
    path = project(document, needs, options)
    root = options.work / "project"
    sources = os.pathsep.join(p for p in (str(ROOT / "src"), os.environ.get("PYTHONPATH", "")) if p)
    environment = os.environ | {"QUARTO_PYTHON": sys.executable, "PYTHONPATH": sources}
    call = ["quarto", "render", str(path.relative_to(root)), "--to", target, "--output-dir", "out"]
    done = subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True)
    suffix = ".html" if target == "html" else ".pdf"
    made = root / "out" / path.relative_to(root).with_suffix(suffix)
    if done.returncode or not made.is_file():
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise Refused(f"{path.relative_to(root)}: quarto stopped (exit {done.returncode}):\n{said}")
    return made


def body_of(text: str) -> str:
    """The document itself in Quarto's HTML: no title block, no contents, no scripts."""
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
    inner = "".join(etree.tostring(e, encoding="unicode", method="html") for e in content)
    return (content.text or "") + inner


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
