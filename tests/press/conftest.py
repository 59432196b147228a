"""The fixture project, rendered and assembled once for all tests of the document engine."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from engines import path_of

from groundwork_harness.documents import bundle, pandoc, pdf, quarto, reference, render, site

QUARTO = Path(__file__).parent / "fixtures" / "quarto"
ROOMS = {"alpha": "1.1 The first room"}
SETTINGS = {
    "title": "Groundwork",
    "tagline": "A fixture",
    "address": "https://site.example/groundwork",
    "author": "The Groundwork authors",
    "language": "en",
    "license": "CC BY 4.0",
    "license_address": "https://creativecommons.org/licenses/by/4.0/",
}
NAMES = ["index", "posts/spectra", "posts/second", "rooms/alpha", "problem-sets/alpha", "guide/use"]


def load(name: str) -> ModuleType:
    """A module beside this file; the tests' folders are no packages."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"press_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ENGINE = "latex" if shutil.which("pdflatex") else "typst"  # of PDFs in general


class Press:
    """The fixture project and what was made of it."""

    def __init__(self, folder: Path) -> None:
        project = load("project")
        self.folder = folder
        self.documents = project.documents(folder / "documents")
        self.results = project.results(folder / "results")

    def options(self, work: str, **more: object) -> render.Options:
        return render.Options(self.results, self.documents, self.folder / "work" / work, **more)

    def qmd(self, name: str) -> Path:
        return path_of(name, self.documents)

    def page(self, name: str, **more: object) -> dict:
        out = self.folder / "pages" / str(more.get("scale", "laptop")) / f"{name}.json"
        render.to_page(self.qmd(name), out, self.options(f"{name}/html", **more))
        return json.loads(out.read_text())

    def pdf(self, name: str, out: Path, **more: object) -> list[str]:
        more = {"pdf_engine": ENGINE, **more}
        return pdf.to_pdf(self.qmd(name), out, self.options(f"{name}/{out.stem}", **more))

    def write(self, name: str, text: str) -> Path:
        path = self.documents / f"{name}.qmd"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def site(self, out: Path, *, scale: str = "laptop", whole: bool = True) -> Path:
        pages = []
        for name in NAMES:
            self.page(name, scale=scale)
            pages.append(self.folder / "pages" / scale / f"{name}.json")
        papers = []
        for name, paper in {"problem-sets/alpha": "alpha", "rooms/alpha": "alpha-report"}.items():
            papers.append(self.folder / "pdf" / f"{paper}.pdf")
            if whole:
                self.pdf(name, papers[-1])
        post = self.folder / "posts" / "spectra"
        if whole:
            options = self.options("bundle", scale=scale)
            bundle.write(
                self.qmd("posts/spectra"), post / "index.md", post / "card.png", options, SETTINGS
            )
            reference.write(self.documents, self.folder / "reference")
        plan = site.Plan(
            self.documents,
            self.results,
            pages,
            SETTINGS,
            ROOMS,
            scale,
            pdfs=papers if whole else [],
            cards=[post / "card.png"] if whole else [],
            reference=self.folder / "reference" if whole else None,
        )
        site.assemble(plan, out)
        return out


@pytest.fixture(scope="session")
def trials() -> type:
    """The class of small documents: one in a folder of its own is `trials(folder)`."""
    return load("trial").Trial


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(tmp_path_factory.mktemp("press"))


@pytest.fixture(scope="session")
def built(press: Press) -> Path:
    """The whole fixture site."""
    return press.site(press.folder / "reports" / "site")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], dict]]:
    """A stand-in on the PATH; gives what it noted of its last call."""
    folder = tmp_path / "bin"
    folder.mkdir()
    text = QUARTO.read_text().split("\n", 1)[1]
    (folder / "quarto").write_text(f"#!{sys.executable}\n{text}")
    (folder / "quarto").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("QUARTO_STANDIN_NOTE", str(tmp_path / "note.json"))
    monkeypatch.setenv("QUARTO_STANDIN_PANDOC", pandoc.command())
    quarto.version.cache_clear()
    yield lambda: json.loads((tmp_path / "note.json").read_text())
    quarto.version.cache_clear()
