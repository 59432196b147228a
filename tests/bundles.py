"""A portable post, read by a Markdown library that this project does not write with."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from lxml import html
from markdown_it import MarkdownIt

# CommonMark with tables, and nothing that knows of formulas: what most readers have.
READER = MarkdownIt("commonmark").enable("table")
FORMULA = re.compile(r"(?<![\\$])(\${1,2})(?!\s)([^$]+?)(?<!\s)\1(?![\d$])")


@dataclass
class Bundle:
    """The front matter, the text, and the text as another library renders it."""

    folder: Path
    front: dict
    text: str
    page: html.HtmlElement

    @property
    def formulas(self) -> list[str]:
        """The TeX of each formula in the text, its code left out."""
        prose = re.sub(r"^(`{3,})[^\n]*\n.*?^\1`*$|`[^`\n]+`", "", self.text, flags=re.M | re.S)
        return [match[2] for match in FORMULA.finditer(prose)]


def read(folder: Path) -> Bundle:
    """The bundle in a folder."""
    _, head, text = (folder / "index.md").read_text(encoding="utf-8").split("---\n", 2)
    page = html.fragment_fromstring(READER.render(text), create_parent="div")
    return Bundle(folder, yaml.safe_load(head), text, page)


def faults(bundle: Bundle) -> list[str]:
    """What would reach a reader broken: formulas, pictures, links, markup."""
    shown = " ".join(bundle.page.text_content().split())
    found = [f"garbled: {f}" for f in bundle.formulas if " ".join(f.split()) not in shown]
    found += [f"markup in {e.text_content()!r}" for e in bundle.page.xpath("//em | //strong")
              if e.text_content().count("$") % 2]  # fmt: skip
    for token in READER.parse(bundle.text):
        kinds = {token.type, *(child.type for child in token.children or [])}
        if kinds & {"html_block", "html_inline"}:
            found.append(f"raw HTML: {token.content[:60]}")
    for image in bundle.page.iter("img"):
        if not image.get("alt"):
            found.append(f"no words for {image.get('src')}")
        if not (bundle.folder / image.get("src")).is_file():
            found.append(f"no picture {image.get('src')}")
    for link in bundle.page.xpath("//a/@href"):
        whole = re.match(r"https?://|mailto:", link)
        if not whole and not (bundle.folder / link).is_file():
            found.append(f"leads nowhere: {link}")
    return found
