"""The documents of a run, the files each needs, and what each becomes."""

from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork_harness.documents.catalog import Entry, catalog
from groundwork_harness.pipeline import closure, manifests, syntax

FOLDER = Path("src/documents")  # paths are relative to the tree, where Snakemake works


class DocumentIndex:
    """The documents of the rooms that are there, for the results and reports of one scale."""

    def __init__(self, rooms: Collection[str], results: str, reports: str) -> None:
        self.documents: dict[str, Entry] = catalog(FOLDER, rooms)
        self.results, self.reports = results, reports

    @cached_property
    def papers(self) -> dict[str, str]:
        """PDF name → document."""
        return {entry.pdf: name for name, entry in self.documents.items() if entry.pdf}

    @cached_property
    def slugs(self) -> list[str]:
        """The posts' folder names."""
        return [Path(n).name for n, entry in self.documents.items() if entry.kind == "post"]

    @cached_property
    def _moving(self) -> list[str]:
        scripts = sorted((ROOT / "workflow" / "figures").glob("*/*.py"))
        return [f"{s.parent.name}/{s.stem}" for s in scripts if syntax.literal(s, "ANIMATED")]

    def qmd(self, name: str) -> str:
        """The file of a document."""
        return self.documents[name].path.as_posix()

    def files(self, name: str) -> list[str]:
        """Every file that a document's own text names: results, figures, includes, references."""
        return self.documents[name].files(self.results, self._moving)

    @cached_property
    def engine(self) -> list[str]:
        """What every render reads: settings, filters and the style of reference lists."""
        patterns = ["_quarto.yml", "filters/*.lua", "references/*.csl"]
        patterns += ["templates/unicode.tex", "templates/mathematics.typ"]
        return [p.as_posix() for pattern in patterns for p in sorted(FOLDER.glob(pattern))]

    @cached_property
    def looks(self) -> list[str]:
        """What the site's assembly reads beside the pages: templates, styles, scripts, fonts."""
        files = [
            p for part in ("assets", "templates") for p in sorted((FOLDER / part).rglob("*.*"))
        ]
        return [path.as_posix() for path in files]

    @cached_property
    def reference_looks(self) -> list[str]:
        """The templates of the API reference."""
        return [path for path in self.looks if "/templates/reference/" in path]

    def code(self, module: str, name: str = "") -> str:
        """Closure digests of a module of `documents` and of what a tutorial's cells import."""
        sources = [ROOT / "src" / "groundwork_harness" / "documents" / f"{module}.py"]
        for imported in self.documents[name].inputs.modules if name else []:
            path = ROOT.joinpath("src", *imported.split("."))
            sources += [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()]
        closures = [closure.of(source) for source in sources]
        for found in closures:
            manifests.keep(found)
        return " ".join(found.digest for found in closures)

    def of_room(self, room: str) -> list[str]:
        """The room's documents."""
        return [name for name, entry in self.documents.items() if entry.room == room]

    def pages(self, names: Iterable[str]) -> list[str]:
        """The documents' rendered pages."""
        return [f"{self.results}/documents/{name}/page.json" for name in names]

    def sources(self, names: Iterable[str]) -> list[str]:
        """The results that the documents' claims come from, which a ledger reads."""
        steps = {step for name in names for step in self.documents[name].inputs.steps}
        return [f"{self.results}/{step}" for step in sorted(steps)]

    def prints(self, names: Iterable[str]) -> list[str]:
        """The documents' PDFs and portable bundles."""
        found = []
        for name in names:
            entry = self.documents[name]
            if entry.pdf:
                found.append(f"{self.reports}/pdf/{entry.pdf}.pdf")
            if entry.kind == "post":
                bundle = f"{self.reports}/posts/{Path(name).name}"
                found += [f"{bundle}/index.md", f"{bundle}/card.png"]
        return found

    def room_prints(self, room: str, suffix: str) -> list[str]:
        """The PDFs (`.pdf`) or the posts' cards (`.png`) of a room's documents."""
        return [path for path in self.prints(self.of_room(room)) if path.endswith(suffix)]
