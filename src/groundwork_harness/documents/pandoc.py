"""The embedded engine: one call of pandoc for each medium, with fixed options and filters."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from groundwork_harness.documents.document import Refused, literal

MARKDOWN = "markdown+table_attributes"
COMMON = {"link-citations": True, "reference-section-title": "References"}
WEB = ["--to=html5", "--mathml", "--section-divs=false", "--wrap=preserve"]


@cache
def command() -> str:
    """The path of the pandoc that `pypandoc_binary` brings, whatever else is installed."""
    import importlib.util

    found = importlib.util.find_spec("pypandoc")
    if found and found.origin:
        path = Path(found.origin).parent / "files" / "pandoc"
        if path.is_file():
            return str(path)
    raise Refused("pandoc is missing: pip install pypandoc_binary")


@cache
def version() -> str:
    """Pandoc's version, as the footer and the ledger state it."""
    out = subprocess.run([command(), "--version"], capture_output=True, text=True, check=True)
    return out.stdout.split()[1]


def convert(
    markdown: str,
    folder: Path,
    documents: Path,
    options: list[str],
    *,
    where: str,
    metadata: dict[str, Any] | None = None,
    bibliography: list[Path] | None = None,
    last: str = "",
) -> str:
    """Woven markdown to another format, in `folder` (figures are found relative to it).

    `last` names one more filter, which sees the document as all others have left it.

    Raises `Refused` with pandoc's own message; its warnings (a citation that the bibliography
    lacks, a link without target) are refused too.
    """
    filters = documents / "filters"
    meta = folder / "metadata.json"
    meta.write_text(
        json.dumps(COMMON | (metadata or {}), ensure_ascii=False, sort_keys=True), encoding="utf-8"
    )
    call = [
        command(),
        f"--from={MARKDOWN}",
        *options,
        "--columns=10000",
        f"--metadata-file={meta}",
        f"--lua-filter={filters / 'groundwork.lua'}",
        f"--lua-filter={filters / 'embedded.lua'}",
        "--citeproc",
        f"--csl={documents / 'references' / 'groundwork.csl'}",
        *(f"--bibliography={path}" for path in bibliography or []),
        *([f"--lua-filter={filters / last}"] if last else []),
    ]
    done = subprocess.run(
        call,
        input=markdown,
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    notes = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode or notes:
        raise Refused(f"{where}: " + "\n".join(_plainly(line) for line in notes))
    return done.stdout


def _plainly(line: str) -> str:
    return line.replace("Error running filter ", "").replace("[WARNING] ", "")


@cache
def inline_html(text: str) -> str:
    """A title as HTML without a paragraph around it: formulas, code and emphasis, all else as typed."""
    return inline(literal(text), "html5").removeprefix("<p>").removesuffix("</p>")


@cache
def inline(markdown: str, to: str) -> str:
    """One paragraph of markdown in another format."""
    call = [command(), "--from=markdown", f"--to={to}", "--mathml", "--wrap=preserve"]
    done = subprocess.run(call, input=markdown, capture_output=True, text=True, check=True)
    return done.stdout.strip()
