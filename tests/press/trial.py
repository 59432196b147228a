"""One small document of its own, rendered by either engine in no time."""

import shutil
from pathlib import Path

import yaml
from lxml import html

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import pdf, render

SHARED = ROOT / "src" / "documents"
HEAD = "---\ntitle: A trial\ndescription: What it is.\ndate: 2026-01-02\nroom: alpha\ncategories: [one, two]\npdf: true\n---\n\n"


class Trial:
    """One small document, rendered by either engine, its figure no more than an empty drawing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.documents = folder, folder / "documents"
        shutil.copytree(SHARED / "filters", self.documents / "filters")
        shutil.copytree(SHARED / "templates", self.documents / "templates")
        (self.documents / "references").mkdir()
        shutil.copy(SHARED / "references" / "groundwork.csl", self.documents / "references")
        (self.documents / "references" / "alpha.bib").write_text("")
        shutil.copy(SHARED / "_quarto.yml", self.documents)
        figures = folder / "results" / "alpha" / "figures"
        figures.mkdir(parents=True)
        for medium in render.FIGURE_MEDIA:
            if "gif" not in medium:
                (figures / f"curve.{medium}").write_text('<svg viewBox="0 0 90 60"></svg>')
        (figures / "curve.record.json").write_text('{"provenance": {}}')

    def settings(self, change) -> None:
        path = self.documents / "_quarto.yml"
        settings = yaml.safe_load(path.read_text())
        change(settings)
        path.write_text(yaml.safe_dump(settings))

    def write(self, text: str) -> Path:
        path = self.documents / "problem-sets" / "trial.qmd"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + text + "\n")
        return path

    def options(self, **more) -> render.Options:
        return render.Options(self.folder / "results", self.documents, self.folder / "work", **more)

    def page(self, text: str, engine: str = "quarto"):
        out = self.folder / "page.json"
        record = render.to_page(self.write(text), out, self.options(engine=engine))
        return html.fragment_fromstring(record["body"], create_parent="div")

    def paper(self, text: str, target: str = "latex", **more) -> str:
        out = self.folder / "x.pdf"
        pdf.to_pdf(self.write(text), out, self.options(engine="quarto", pdf_engine=target, **more))
        return out.read_text()
