"""The shelf: which documents there are, what each needs and becomes; read from their own text."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork.pipeline import closure, manifests
from groundwork.pipeline.settings import digest
from groundwork.press.inputs import Inputs, inputs

SHARED = ("filters", "templates", "references")


@dataclass(frozen=True)
class Shelf:
    """The documents below `folder` (relative to the tree), for results under `results`.

    A document's name is its path without suffix; a post's is its folder. Documents of a room
    count only if the room is one of `rooms`.
    """

    results: str
    rooms: list[str]
    folder: str = "src/documents"
    root: Path = field(default=ROOT)

    @cached_property
    def _files(self) -> dict[str, Path]:
        base, found = self.root / self.folder, {}
        for path in sorted(base.rglob("*.qmd")):
            relative = path.relative_to(base).with_suffix("")
            if any(part.startswith("_") for part in relative.parts):
                continue  # includes
            name = relative.parent if relative.name == "index" and relative.parts[1:] else relative
            found[name.as_posix()] = path
        return {name: path for name, path in found.items() if self._has_room(path)}

    def _has_room(self, path: Path) -> bool:
        room = self.field(path, "room")
        return not room or room in self.rooms

    @staticmethod
    def field(path: Path, key: str) -> str:
        """A plain field of a document's front matter, or nothing."""
        for line in path.read_text(encoding="utf-8").partition("\n---\n")[0].splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return value.strip().strip("\"'")
        return ""

    @property
    def names(self) -> list[str]:
        """Every document."""
        return list(self._files)

    @property
    def posts(self) -> list[str]:
        """The slugs of the posts that are no drafts."""
        files = self._files.items()
        names = [n for n, p in files if n.startswith("posts/") and self.field(p, "draft") != "true"]
        return [name.removeprefix("posts/") for name in names]

    @cached_property
    def pdfs(self) -> dict[str, str]:
        """PDF name → document: `<room>` for a problem set, `<room>-report` for a room's report."""
        made = {}
        for name, path in self._files.items():
            kind, _, rest = name.partition("/")
            if kind == "problem-sets":
                made[rest] = name
            elif self.field(path, "pdf") == "true":
                made[f"{rest}-report" if kind == "rooms" else rest] = name
        return made

    def qmd(self, name: str) -> str:
        """The file of a document, relative to the tree."""
        return self._files[name].relative_to(self.root).as_posix()

    def of_room(self, room: str) -> list[str]:
        """The documents whose front matter names the room."""
        return [name for name, path in self._files.items() if self.field(path, "room") == room]

    def needs(self, name: str) -> Inputs:
        """What the document's own text names."""
        return inputs(self._files[name], self.root / self.folder)

    def inputs(self, name: str) -> list[str]:
        """Every file a render of the document reads."""
        needs = self.needs(name)
        texts = [*needs.includes, *needs.bibliography]
        figures = [f"{room}/figures/{figure}" for room, figure in map(_pair, needs.figures)]
        made = [*needs.steps, *needs.csvs, *(f"{stem}.light.svg" for stem in figures)]
        return [
            *(path.relative_to(self.root).as_posix() for path in texts),
            *(f"{self.results}/{path}" for path in made),
            *self.shared(),
        ]

    def records(self) -> list[str]:
        """The results' JSON files that any document draws on."""
        steps = {step for name in self.names for step in self.needs(name).steps}
        return [f"{self.results}/{step}" for step in sorted(steps)]

    def shared(self) -> list[str]:
        """What every render reads: filters, templates, styles of reference lists."""
        base = self.root / self.folder
        files = [p for part in SHARED for p in sorted((base / part).rglob("*")) if p.is_file()]
        keep = [p for p in files if p.suffix in (".lua", ".csl", ".tex", ".typ")]
        extra = [base / "_quarto.yml", *sorted(base.rglob("_metadata.yml"))]
        return [p.relative_to(self.root).as_posix() for p in [*keep, *extra] if p.is_file()]

    def code(self, entry: str, name: str = "") -> str:
        """The closure digest of a module of the press, with what a tutorial page imports."""
        parts = [closure.of(self.root / entry)]
        for module in self.needs(name).modules if name else []:
            file = self.root / "src" / Path(*module.split("."))
            for path in (file.with_suffix(".py"), file / "__init__.py"):
                if path.is_file():
                    parts.append(closure.of(path))
        for part in parts:
            manifests.keep(part)
        return parts[0].digest if len(parts) == 1 else digest([part.digest for part in parts])


def _pair(name: str) -> tuple[str, str]:
    room, _, figure = name.partition("/")
    return room, figure
