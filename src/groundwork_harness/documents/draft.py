"""Drafts: single documents as pages and PDFs to look at, without the pipeline or the whole site."""

import sys
from pathlib import Path

from groundwork_harness.documents import pdf, render, site
from groundwork_harness.documents.document import read

SETTINGS = {
    "title": "Groundwork",
    "tagline": "Draft",
    "address": "",
    "author": "Groundwork",
    "language": "en",
    "license": "",
    "license_address": "",
}


def write(qmds: list[Path], results: Path, documents: Path, out: Path, scale: str) -> int:
    """Render each document into a small site below `out`, its PDF beside it; print what is where."""
    pages, pdfs = [], []
    for qmd in qmds:
        document = read(qmd, documents)
        folder = (out / "work" / document.name).resolve()
        options = render.Options(results, documents, folder / "html", scale)
        render.to_page(qmd, folder / "page.json", options)
        pages.append(folder / "page.json")
        if document.metadata.get("pdf"):
            stem = (
                document.path.stem
                if document.kind == "problem-set"
                else f"{document.path.stem}-report"
            )
            target = out / "pdf" / f"{stem}.pdf"
            options = render.Options(results, documents, folder / "pdf", scale)
            for remark in pdf.to_pdf(qmd, target, options):
                print(f"remark: {remark}", file=sys.stderr)
            pdfs.append(target)
            print(target)
    rooms = sorted({read(qmd, documents).metadata.get("room", "") for qmd in qmds} - {""})
    plan = site.Plan(
        documents,
        results,
        pages,
        SETTINGS,
        {r: r.replace("_", " ").capitalize() for r in rooms},
        scale,
        pdfs=pdfs,
    )
    site.assemble(plan, out / "site")
    for qmd in qmds:
        print(out / "site" / read(qmd, documents).url)
    return 0
