"""The press as commands: `python -m groundwork.press render|site|draft …`."""

import argparse
import json
import sys
from pathlib import Path

from groundwork.press.document import Refused
from groundwork.press.lookup import NotFound


def main(words: list[str] | None = None) -> int:
    """Run one command; a refusal is a message on standard error and exit status 1."""
    arguments = _parser().parse_args(words)
    try:
        result: int = arguments.run(arguments)
    except (Refused, NotFound) as problem:
        print(problem.args[0] if problem.args else problem, file=sys.stderr)
        return 1
    return result


def _render(arguments: argparse.Namespace) -> int:
    from groundwork.press import pdf, render

    work = arguments.work or arguments.out.parent / f"{arguments.out.stem}.work"
    options = render.Options(
        results=arguments.results,
        documents=arguments.documents,
        work=work.resolve(),
        scale=arguments.scale,
        engine=arguments.engine,
        pdf_engine=arguments.pdf_engine,
    )
    if arguments.to == "html":
        render.to_page(arguments.qmd, arguments.out, options)
        return 0
    for remark in pdf.to_pdf(arguments.qmd, arguments.out, options):
        print(f"remark: {remark}", file=sys.stderr)
    return 0


def _site(arguments: argparse.Namespace) -> int:
    from groundwork.press import site

    given = json.loads(arguments.site)
    plan = site.Plan(
        documents=arguments.documents,
        results=arguments.results,
        pages=arguments.pages,
        settings=given["settings"],
        rooms=given["rooms"],
        scale=arguments.scale,
        pdf_engine=arguments.pdf_engine,
        pdfs=arguments.pdfs,
        cards=arguments.cards,
        reference=arguments.reference,
    )
    site.assemble(plan, arguments.out)
    return 0


def _draft(arguments: argparse.Namespace) -> int:
    from groundwork.press import draft

    return draft.write(
        arguments.qmd, arguments.results, arguments.documents, arguments.out, arguments.scale
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m groundwork.press", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("render", help="one document to a page (JSON) or a PDF")
    one.set_defaults(run=_render)
    one.add_argument("qmd", type=Path)
    one.add_argument("--to", choices=["html", "pdf"], required=True)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--work", type=Path, help="private folder, emptied first")
    one.add_argument("--engine", choices=["embedded", "quarto"], default="embedded")
    one.add_argument("--pdf-engine", choices=["latex", "typst"], default="latex")
    whole = commands.add_parser("site", help="rendered pages to a site")
    whole.set_defaults(run=_site)
    whole.add_argument("--pages", type=Path, nargs="+", required=True)
    whole.add_argument("--pdfs", type=Path, nargs="*", default=[])
    whole.add_argument("--cards", type=Path, nargs="*", default=[])
    whole.add_argument("--reference", type=Path, help="folder of API pages")
    whole.add_argument("--site", required=True, help='JSON: {"settings": {…}, "rooms": {…}}')
    whole.add_argument("--pdf-engine", choices=["latex", "typst"], default="latex")
    whole.add_argument("--out", type=Path, required=True)
    quick = commands.add_parser("draft", help="look at single documents: page and PDF, no pipeline")
    quick.set_defaults(run=_draft)
    quick.add_argument("qmd", type=Path, nargs="+")
    quick.add_argument("--out", type=Path, default=Path("build/draft"))
    for command in (one, whole, quick):
        command.add_argument(
            "--results", type=Path, default=Path("results/laptop"), help="results of one scale"
        )
        command.add_argument("--documents", type=Path, default=Path("src/documents"))
        command.add_argument("--scale", default="laptop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
