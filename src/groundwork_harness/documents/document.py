"""A document: front matter, body and name, read from a `.qmd` file with its includes in place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from groundwork_harness.documents.catalog import KINDS, name_of
from groundwork_harness.documents.markdown import CODE, FORMULA

# Code shown as code: Quarto runs `{python}` even inside longer fences and code spans, so there it is
# written with doubled braces, which both engines show single.
SHOWN = re.compile(r"(?P<mark>[`~][ \t]*)\{\{(?P<cell>python\b[^{}\n]*)\}\}(?=[ \t\n]|$)")
INCLUDE = re.compile(r"^\{\{< include (?P<path>\S+) >\}\}\s*$")
FENCE = re.compile(r"^\s{0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")


class Refused(Exception):
    """A document that cannot be rendered as written; the message names file, line and remedy."""


@dataclass(frozen=True)
class Document:
    """One `.qmd` file: `name` is its path without suffix (a post's folder for its `index`)."""

    path: Path
    root: Path
    name: str
    metadata: dict[str, Any]
    body: str
    first_line: int  # line of the file on which the body begins

    @property
    def kind(self) -> str:
        """What the document is: post, problem-set, room, guide or page."""
        folder = self.name.partition("/")[0] if "/" in self.name else ""
        return KINDS.get(folder, "page")

    @property
    def url(self) -> str:
        """Where the page lies in the site, relative to its root."""
        return self.path.relative_to(self.root).with_suffix(".html").as_posix()


def read(path: Path, root: Path) -> Document:
    """Read a document: folder-wide `_metadata.yml` files apply below its own front matter."""
    path, root = path.resolve(), root.resolve()
    front, body, first_line = split_front_matter(path.read_text(encoding="utf-8"), path)
    metadata = dict(_folder_metadata(path.parent, root)) | front
    return Document(path, root, name_of(path, root), metadata, body, first_line)


def split_front_matter(text: str, path: Path) -> tuple[dict[str, Any], str, int]:
    """The YAML block at the top as a mapping, the rest, and the line on which the rest begins."""
    if not text.startswith("---\n"):
        return {}, text, 1
    head, mark, body = text[4:].partition("\n---\n")
    if not mark:
        raise Refused(f"{path}:1: the front matter is not closed; end it with a line of ---")
    try:
        front = yaml.safe_load(head) or {}
    except yaml.YAMLError as problem:
        raise Refused(f"{path}: the front matter is not YAML: {problem}") from problem
    if not isinstance(front, dict):
        raise Refused(f"{path}:2: the front matter holds no `key: value` lines")
    return front, body, head.count("\n") + 4


@cache
def _folder_metadata(folder: Path, root: Path) -> dict[str, Any]:
    above = {} if folder == root else _folder_metadata(folder.parent, root)
    own = folder / "_metadata.yml"
    return above | (yaml.safe_load(own.read_text(encoding="utf-8")) or {} if own.is_file() else {})


@dataclass(frozen=True)
class Fence:
    """A fenced block: the info string behind its opening fence, and the line where it opens."""

    info: str
    line: int

    @property
    def is_cell(self) -> bool:
        """Whether the block is a `{python}` cell, which runs."""
        return self.info.startswith("{python")


def lines_with_fences(text: str) -> Iterator[tuple[int, str, Fence | None]]:
    """Each line as (index, line, the fenced block that it lies in, or None).

    The lines that open and close a block count as inside it. A block closes only by a fence of
    its own character, at least as long as the opening one: four backticks may hold three.
    """
    mark, fence = "", None
    for index, line in enumerate(text.split("\n")):
        match = FENCE.match(line)
        if fence:
            yield index, line, fence
            if match and match["fence"].startswith(mark) and not match["info"].strip():
                fence = None
        elif match and "`" not in match["info"]:
            mark, fence = match["fence"], Fence(match["info"].strip(), index)
            yield index, line, fence
        else:
            yield index, line, None
    if fence:
        raise Refused(f"the fence of line {fence.line + 1} of the text is never closed")


def included(body: str, path: Path, root: Path) -> Iterator[tuple[int, Path]]:
    """The files that `{{< include … >}}` lines name, with the index of the line."""
    for index, line, fence in lines_with_fences(body):
        if fence is None and (match := INCLUDE.match(line)):
            target = match["path"]
            yield index, root / target[1:] if target.startswith("/") else path.parent / target


def expanded(document: Document) -> str:
    """The body with its includes in place (one level: an included file includes nothing)."""
    lines = document.body.split("\n")
    for index, target in included(document.body, document.path, document.root):
        if not target.is_file():
            line = document.first_line + index
            raise Refused(f"{document.path}:{line}: there is no file {target} to include")
        text = split_front_matter(target.read_text(encoding="utf-8"), target)[1]
        lines[index] = text.rstrip("\n")
    return "\n".join(lines)


VERBATIM = re.compile(f"{FORMULA.pattern}|{CODE.pattern}")


def literal(text: str) -> str:
    """A title as markdown whose formulas, code and emphasis count and nothing else does.

    Tags, TeX commands and links would mean one thing on a page and another in print; they are
    shown as they were typed.
    """
    kept, at = "", 0
    for match in VERBATIM.finditer(text):
        kept += re.sub(r"[<\\\[\]@{}]", r"\\\g<0>", text[at : match.start()]) + match[0]
        at = match.end()
    return kept + re.sub(r"[<\\\[\]@{}]", r"\\\g<0>", text[at:])


def unmarked(text: str) -> str:
    """A title without its markup: no emphasis, backticks or dollars, TeX commands by their names."""
    text = re.sub(r"(?<!\w)_(\S(?:[^_]*\S)?)_(?!\w)", r"\1", text)
    return re.sub(r"[*`$\\]", "", text)
