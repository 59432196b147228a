"""Problem sets and reports as PDF, by LaTeX or Typst: the same input gives the same bytes."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from groundwork.core.atomic import replacing
from groundwork_harness.documents import links, pandoc
from groundwork_harness.documents.characters import DECLARATIONS, unprintable
from groundwork_harness.documents.document import Document, Refused, literal, unmarked
from groundwork_harness.documents.front import authors
from groundwork_harness.documents.render import Options, banners, prepare, provenance_of

OVERFULL = re.compile(
    r"^Overfull \\hbox \((?P<points>[\d.]+)pt too wide\)(?P<where>.*)$", re.MULTILINE
)
RERUN = r"Rerun to get|Label\(s\) may have changed|Table widths have changed"
TOLERANCE = 1.0  # points: a third of a millimetre is not seen


def to_pdf(qmd: Path, out: Path, options: Options) -> list[str]:
    """Render for print; returns remarks (lines that stick out, Typst's warnings), which the caller shows."""
    document, needs, woven = prepare(qmd, options)
    standins = provenance_of(needs)[1]
    if options.engine == "quarto":
        from groundwork_harness.documents import quarto

        return quarto.to_pdf(
            document, needs, options, out, quartos(document, options, standins), _moment(document)
        )
    where = document.path.relative_to(document.root).as_posix()
    latex = options.pdf_engine == "latex"
    source = pandoc.convert(
        woven,
        options.work,
        document.root,
        _options(document.root, latex) + _properties(document, options, latex),
        where=where,
        metadata=_metadata(document, options, standins),
        bibliography=needs.bibliography,
    )
    if latex:
        for at, fault in unprintable(source):
            nearby = " ".join(source[max(0, at - 40) : at + 1].split())
            raise Refused(f"{where}: …{nearby}…: {fault}")
    else:
        source = _spaced(source)
    name = "document.tex" if latex else "document.typ"
    (options.work / name).write_text(source, encoding="utf-8")
    made, remarks = (_latex if latex else _typst)(options.work, _moment(document), where)
    with replacing(out) as temporary:
        shutil.copyfile(made, temporary)
    return remarks


def _options(documents: Path, latex: bool) -> list[str]:
    template = documents / "templates" / ("article.tex" if latex else "article.typ")
    if not latex:
        return [
            "--to=typst",
            "--standalone",
            "--syntax-highlighting=none",
            f"--template={template}",
        ]
    return [
        "--to=latex",
        "--standalone",
        "--syntax-highlighting=monochrome",
        f"--template={template}",
        f"--variable=unicode:{DECLARATIONS}",
    ]


def _moment(document: Document) -> datetime:
    day = document.metadata.get("date") or date(2026, 1, 1)
    return datetime.fromisoformat(str(day)[:10]).replace(tzinfo=UTC)


def _metadata(document: Document, options: Options, standins: list[str]) -> dict[str, Any]:
    front, day = document.metadata, _moment(document)
    title = str(front.get("title", document.name))
    meta: dict[str, Any] = {
        "title": literal(title),
        "short-title": literal(str(front.get("short-title", unmarked(title)))),
        "author": literal(", ".join(authors(front, {"author": options.author}))),
        "series": "Groundwork · " + {"problem-set": "Problem set"}.get(document.kind, "Report"),
        "date-long": f"{day.day} {day:%B %Y}",
        "colophon": f"Rendered from results at {options.scale} scale. Every number in the text was "
        "looked up in a result file; the site’s ledger tells where each came from.",
        **site(document, options),
    }
    for key in ("subtitle", "abstract"):
        if key in front:
            meta[key] = literal(str(front[key]))
    if lines := banners(options.scale, standins):
        meta |= {"banner": " ".join(lines), "banner-title": "Not a result"}
    return meta


def site(document: Document, options: Options) -> dict[str, str]:
    """What the filter needs to lead links to pages: at the site's address, or else beside the PDFs."""
    return {"site-home": options.address.rstrip("/") or links.PAGES, "site-page": document.url}


def quartos(document: Document, options: Options, standins: list[str]) -> dict[str, Any]:
    """What Quarto's settings must say besides: banner, colophon, and the file's own description.

    The result holds metadata and, below `format`, the texts that its template takes.
    """
    latex = options.pdf_engine == "latex"
    meta, day = _metadata(document, options, standins), _moment(document)
    to = "latex" if latex else "typst"
    colophon = pandoc.inline(meta["colophon"], to)
    banner, front = "", document.metadata
    if "banner" in meta:
        words = pandoc.inline(f"**{meta['banner-title']}.** {literal(meta['banner'])}", to)
        banner = (
            f"\\begin{{quote}}{words}\\end{{quote}}"
            if latex
            else f"#block(stroke: 1pt, inset: 8pt)[{words}]"
        )
    subject, keywords = unmarked(str(front.get("description", ""))), front.get("categories", [])
    said = (
        f"#set document(description: {_typst_text(subject)}, keywords: {_typst_text(', '.join(keywords))}, "
        f"date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))"
    )
    texts = {
        "include-in-header": "\\pdftrailerid{}" if latex else said,
        "include-before-body": banner,
        "include-after-body": f"\\par\\bigskip\\noindent{{\\small {colophon}}}"
        if latex
        else f"#v(1em)\n#text(8.5pt)[{colophon}]",
    }
    return {
        "subject": literal(subject),
        "keywords": [literal(word) for word in keywords],
        **site(document, options),
        "format": {key: {"text": text} for key, text in texts.items() if text},
    }


def _typst_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _properties(document: Document, options: Options, latex: bool) -> list[str]:
    """Pandoc's options for what the file says of itself, which is plain text in every format."""
    front, day = document.metadata, _moment(document)
    texts = {
        "pdf-title": unmarked(str(front.get("title", document.name))),
        "pdf-author": ", ".join(authors(front, {"author": options.author})),
        "pdf-subject": unmarked(str(front.get("description", ""))),
        "pdf-keywords": ", ".join(front.get("categories", [])),
    }
    if latex:  # pandoc escapes what its command line gives as metadata
        return [f"--metadata={key}={text}" for key, text in texts.items()]
    texts = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items()}  # as Typst's
    texts["pdf-date"] = f"datetime(year: {day.year}, month: {day.month}, day: {day.day})"
    return [f"--variable={key}={text}" for key, text in texts.items()]


def _latex(work: Path, moment: datetime, where: str) -> tuple[Path, list[str]]:
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": str(int(moment.timestamp())),
        "FORCE_SOURCE_DATE": "1",
        "TEXMFVAR": os.environ.get("TEXMFVAR", str(work / "texmf-var")),
        "max_print_line": "2000",
    }
    call = [
        "pdflatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "document.tex",
    ]
    log = ""
    for _ in range(5):
        done = subprocess.run(call, cwd=work, env=environment, capture_output=True, check=False)
        log = (work / "document.log").read_text(encoding="utf-8", errors="replace")
        if done.returncode:
            raise Refused(f"{where}: LaTeX stopped:\n{_first_error(log)}")
        if not re.search(
            RERUN,
            log,
        ):
            break
    remarks = [
        f"{where}: a line sticks out by {match['points']} pt{match['where']}"
        for match in OVERFULL.finditer(log)
        if float(match["points"]) > TOLERANCE
    ]
    undefined = re.findall(r"^LaTeX Warning: (?:Reference|Citation) .*$", log, re.MULTILINE)
    return work / "document.pdf", remarks + [f"{where}: {line}" for line in undefined]


def _first_error(log: str) -> str:
    lines = log.splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith("!")), max(0, len(lines) - 12))
    return "\n".join(lines[at : at + 12])


def _spaced(source: str) -> str:
    """pandoc's Typst with the spaces of its formulas mended: signs that lost their class."""
    source = source.replace("#h(0em) ", "")  # \; beside a relation, which has its own space
    return re.sub(
        r'"(?!limitsof)([A-Za-z]+)" (?=\\\(|\{|lr\()', r'op("\1")', source
    )  # \operatorname{diag}(s)


def _typst(work: Path, moment: datetime, where: str) -> tuple[Path, list[str]]:
    import typst

    out = work / "document.pdf"
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:  # `typst.compile` says nothing of warnings: fonts that lack, numbers that never settle
        _, warnings = typst.compile_with_warnings(
            str(work / "document.typ"), output=str(out), root=str(work), ignore_system_fonts=True
        )
    except Exception as problem:  # typst raises its own type, which carries the message
        raise Refused(f"{where}: Typst stopped: {problem}") from problem
    return out, [f"{where}: Typst: {warning.message}" for warning in warnings]
