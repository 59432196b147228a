"""The catalog of documents: names, kinds, rooms and what each needs, for the rules that build them.

Read at every start of Snakemake, so it looks at text with regular expressions and runs nothing.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from groundwork_harness.documents.front import DRAFT
from groundwork_harness.documents.inputs import Inputs, inputs

FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
KINDS = {"posts": "post", "problem-sets": "problem-set", "rooms": "room", "guide": "guide"}
MEDIA = ("light.svg", "dark.svg", "pdf", "png", "record.json")
MOVING = ("light.gif", "dark.gif")


@dataclass(frozen=True)
class Entry:
    """One document: `pdf` is the name of its PDF without suffix, empty for none."""

    name: str
    path: Path
    root: Path
    kind: str
    room: str
    pdf: str
    draft: bool

    @cached_property
    def inputs(self) -> Inputs:
        """The claims, tables, figures, includes and modules that its text names."""
        return inputs(self.path, self.root)

    def files(self, results: str, moving: Collection[str] = ()) -> list[str]:
        """Every file the page is made from but the engine's own; `moving` figures have GIFs."""
        needs = self.inputs
        found = [self.path, *needs.includes, *needs.bibliography]
        files = [path.as_posix() for path in found]
        files += [f"{results}/{path}" for path in (*needs.steps, *needs.csvs)]
        for figure in needs.figures:
            room, _, stem = figure.partition("/")
            media = MEDIA + (MOVING if figure in moving else ())
            files += [f"{results}/{room}/figures/{stem}.{medium}" for medium in media]
        return files


def catalog(documents: Path, rooms: Collection[str], *, drafts: bool = False) -> dict[str, Entry]:
    """The documents by name, but those of rooms that are not there (and `_` files).

    A document whose front matter says `draft: true` is left out, unless `drafts` are wanted.
    """
    entries = {}
    for path in sorted(documents.rglob("*.qmd")):
        parts = path.relative_to(documents).parts
        if any(part.startswith(("_", ".")) for part in parts):
            continue
        entry = _entry(path, documents)
        if (drafts or not entry.draft) and (not entry.room or entry.room in rooms):
            entries[entry.name] = entry
    return entries


def titles(documents: Path) -> dict[str, str]:
    """Room → its page's title, by the numbers that titles begin with; those without come last."""
    found = {}
    for path in sorted((documents / "rooms").glob("*.qmd")):
        front = match[1] if (match := FRONT.match(path.read_text(encoding="utf-8"))) else ""
        title = re.search(r"^title:\s*([\"']?)(.*?)\1\s*$", front, re.MULTILINE)
        found[path.stem] = title[2].replace('\\"', '"') if title else path.stem
    return dict(sorted(found.items(), key=lambda item: _numbers(item[1])))


def _numbers(title: str) -> list[float]:
    return [float(part) for part in re.findall(r"\d+", title.split(" ")[0])] or [float("inf")]


def is_draft(path: Path) -> bool:
    """Whether a document says of itself that it is unfinished."""
    front = FRONT.match(path.read_text(encoding="utf-8"))
    return front is not None and DRAFT.search(front[1]) is not None


def name_of(path: Path, root: Path) -> str:
    """The document's name: `posts/<slug>`, `rooms/<room>`, `index`, …"""
    relative = path.relative_to(root).with_suffix("")
    return (
        relative.parent if relative.name == "index" and relative.parent != Path() else relative
    ).as_posix()


def _entry(path: Path, documents: Path) -> Entry:
    relative = path.relative_to(documents).with_suffix("")
    kind = KINDS.get(relative.parts[0], "page") if len(relative.parts) > 1 else "page"
    front = match[1] if (match := FRONT.match(path.read_text(encoding="utf-8"))) else ""
    room = match[1] if (match := re.search(r"^room:\s*[\"']?(\w+)", front, re.MULTILINE)) else ""
    pdf = ""
    if re.search(r"^pdf:\s*true\b", front, re.MULTILINE):
        pdf = f"{relative.name}-report" if kind == "room" else relative.name
    return Entry(
        name_of(path, documents), path, documents, kind, room, pdf, bool(DRAFT.search(front))
    )
