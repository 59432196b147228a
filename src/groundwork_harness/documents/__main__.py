"""Documents as commands: `python -m groundwork_harness.documents render|site|bundle|reference|draft …`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from groundwork_harness.documents.document import Refused
from groundwork_harness.documents.lookup import NotFound
from groundwork_harness.pipeline import parent_watchdog


def main(words: list[str] | None = None) -> int:
    """Run one command; a refusal is a message on standard error and exit status 1."""
    parent_watchdog.hold()
    arguments = _parser().parse_args(words)
    try:
        result: int = arguments.run(arguments)
    except (Refused, NotFound) as problem:
        print(problem.args[0] if problem.args else problem, file=sys.stderr)
        return 1
    return result


def _render(arguments: argparse.Namespace) -> int:
    from groundwork_harness.documents import pdf, render

    work = arguments.work or arguments.out.parent / "stage" / arguments.to
    options = render.Options(
        results=arguments.results,
        documents=arguments.documents,
        work=work.resolve(),
        scale=arguments.scale,
        engine=arguments.engine,
        pdf_engine=arguments.pdf_engine,
        author=arguments.author,
        address=arguments.address,
    )
    if arguments.to == "html":
        render.to_page(arguments.qmd, arguments.out, options)
        return 0
    for remark in pdf.to_pdf(arguments.qmd, arguments.out, options):
        print(f"remark: {remark}", file=sys.stderr)
    return 0


def _site(arguments: argparse.Namespace) -> int:
    from groundwork_harness.documents import site

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
        reference=arguments.reference.parent if arguments.reference else None,
    )
    site.assemble(plan, arguments.index.parent)
    return 0


def _bundle(arguments: argparse.Namespace) -> int:
    from groundwork_harness.documents import bundle, render

    options = render.Options(
        results=arguments.results,
        documents=arguments.documents,
        work=arguments.work.resolve(),
        scale=arguments.scale,
    )
    bundle.write(arguments.qmd, arguments.out, arguments.card, options, json.loads(arguments.site))
    return 0


def _reference(arguments: argparse.Namespace) -> int:
    from groundwork_harness.documents import reference

    reference.write(arguments.documents, arguments.index.parent)
    return 0


def _draft(arguments: argparse.Namespace) -> int:
    from groundwork_harness.documents import draft

    return draft.write(
        arguments.qmd, arguments.results, arguments.documents, arguments.out, arguments.scale
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m groundwork_harness.documents", description=__doc__
    )
    commands = parser.add_subparsers(required=True)
    for add in (_add_render, _add_site, _add_bundle, _add_reference, _add_draft):
        add(commands)
    return parser


def _inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--results", type=Path, default=Path("results/laptop"), help="one scale's")
    command.add_argument("--documents", type=Path, default=Path("src/documents"))
    command.add_argument("--scale", default="laptop")


def _add_render(commands: Any) -> None:
    command = commands.add_parser("render", help="one document to a page (JSON) or a PDF")
    command.set_defaults(run=_render)
    _inputs(command)
    command.add_argument("qmd", type=Path)
    command.add_argument("--to", choices=["html", "pdf"], required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--work", type=Path, help="private folder, emptied first")
    command.add_argument("--engine", choices=["embedded", "quarto"], default="embedded")
    command.add_argument("--pdf-engine", choices=["latex", "typst"], default="latex")
    command.add_argument("--author", default="Groundwork", help="of PDFs whose document names none")
    command.add_argument("--address", default="", help="of the site, for the links of PDFs")


def _add_site(commands: Any) -> None:
    command = commands.add_parser("site", help="rendered pages to a site")
    command.set_defaults(run=_site)
    _inputs(command)
    command.add_argument("--pages", type=Path, nargs="+", required=True)
    command.add_argument("--pdfs", type=Path, nargs="*", default=[])
    command.add_argument("--cards", type=Path, nargs="*", default=[])
    command.add_argument("--reference", type=Path, help="index of the API pages")
    command.add_argument("--site", required=True, help='JSON: {"settings": {…}, "rooms": {…}}')
    command.add_argument("--pdf-engine", choices=["latex", "typst"], default="latex")
    command.add_argument("--index", type=Path, required=True, help="<site>/index.html (output)")


def _add_bundle(commands: Any) -> None:
    command = commands.add_parser("bundle", help="a post as portable markdown, with its card")
    command.set_defaults(run=_bundle)
    _inputs(command)
    command.add_argument("qmd", type=Path)
    command.add_argument("--site", default="{}", help="JSON: config.yaml's site block")
    command.add_argument("--work", type=Path, required=True, help="private folder, emptied first")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--card", type=Path, required=True)


def _add_reference(commands: Any) -> None:
    command = commands.add_parser("reference", help="docstrings to API pages")
    command.set_defaults(run=_reference)
    command.add_argument("--documents", type=Path, default=Path("src/documents"))
    command.add_argument("--index", type=Path, required=True, help="<folder>/index.html (output)")


def _add_draft(commands: Any) -> None:
    command = commands.add_parser("draft", help="look at single documents, without the pipeline")
    command.set_defaults(run=_draft)
    _inputs(command)
    command.add_argument("qmd", type=Path, nargs="+")
    command.add_argument("--out", type=Path, default=Path("build/draft"))


if __name__ == "__main__":
    sys.exit(main())
