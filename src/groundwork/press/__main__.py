"""The press as commands: `python -m groundwork.press render|draft …`."""

import argparse
import sys
from pathlib import Path

from groundwork.press.document import Refused


def main(words: list[str] | None = None) -> int:
    """Run one command; a refusal is a message on standard error and exit status 1."""
    arguments = _parser().parse_args(words)
    try:
        result: int = arguments.run(arguments)
    except (Refused, LookupError) as problem:
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
    for command in (one,):
        command.add_argument("--results", type=Path, required=True, help="results of one scale")
        command.add_argument("--documents", type=Path, default=Path("src/documents"))
        command.add_argument("--scale", default="laptop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
