"""Rendering one document: stage its inputs in a private folder, weave, convert, check.

Nothing is shared between two renders but what they read, so any number may run at once.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from groundwork.core.atomic import write_json
from groundwork.core.provenance import standins
from groundwork_harness.documents import lookup, pandoc
from groundwork_harness.documents.catalog import MEDIA, MOVING
from groundwork_harness.documents.document import Document, Refused, expanded, read
from groundwork_harness.documents.inputs import Inputs, inputs

FIGURE_MEDIA = (*(medium for medium in MEDIA if medium != "record.json"), *MOVING)
BANNERS = {
    "smoke": "Smoke run: every number here comes from a tiny run that only tests the pipeline.",
}


@dataclass(frozen=True)
class Options:
    """How to render: where results and documents are, at which scale, by which engines."""

    results: Path
    documents: Path
    work: Path
    scale: str = "laptop"
    engine: str = "embedded"
    pdf_engine: str = "latex"
    kernel: bool | None = None
    author: str = "Groundwork"  # of PDFs whose front matter names none
    address: str = ""  # of the published site, for the links of PDFs


def prepare(qmd: Path, options: Options) -> tuple[Document, Inputs, str]:
    """Check the document, stage its figures in a fresh private folder, and weave its cells."""
    from groundwork_harness.documents import document_lint, weave

    document = read(qmd, options.documents)
    needs = inputs(document.path, document.root)
    document_lint.check(document)
    stage(document, needs, options)
    os.environ[lookup.VARIABLE] = str(options.results.resolve())
    where = document.path.relative_to(document.root).as_posix()
    body = _variables(expanded(document), document)
    echo = bool((document.metadata.get("execute") or {}).get("echo", False))
    return document, needs, weave.weave(body, where, options.work, echo=echo, kernel=options.kernel)


def stage(document: Document, needs: Inputs, options: Options) -> None:
    """An empty private folder with the document's figures in it."""
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    for figure in needs.figures:
        room, _, name = figure.partition("/")
        found = 0
        for medium in FIGURE_MEDIA:
            source = options.results / room / "figures" / f"{name}.{medium}"
            if source.is_file():
                target = options.work / "figures" / room / source.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                found += 1
            if medium == "light.svg" and source.is_file() and b"var(--" in source.read_bytes():
                words = "a CSS variable as a colour, which prints black by Typst; write the colour"
                raise Refused(f"{document.path}: figure {figure!r}: {source}: {words}")
        if found < 4:
            missing = options.results / room / "figures" / name
            raise Refused(f"{document.path}: figure {figure!r}: there is no {missing}.*")


def to_page(qmd: Path, out: Path, options: Options) -> dict[str, Any]:
    """Render for the web: `out` becomes a JSON file that the site is assembled from."""
    from groundwork_harness.documents import page, quarto

    document, needs, woven = prepare(qmd, options)
    if options.engine == "quarto":
        body, engine = quarto.to_html(document, needs, options), f"Quarto {quarto.version()}"
    else:
        where = document.path.relative_to(document.root).as_posix()
        body = pandoc.convert(
            woven,
            options.work,
            document.root,
            pandoc.WEB,
            where=where,
            bibliography=needs.bibliography,
        )
        engine = f"pandoc {pandoc.version()}"
    hints, replaced = provenance_of(needs)
    body, parts = page.finish(body, document, options.work, hints)
    record = {
        "name": document.name,
        "kind": document.kind,
        "url": document.url,
        "engine": engine,
        "scale": options.scale,
        "standins": replaced,
        "metadata": plain(document.metadata),
        "body": body,
        **vars(parts),
        "modules": needs.modules,
    }
    write_json(out, record)
    return record


def provenance_of(needs: Inputs) -> tuple[dict[str, str], list[str]]:
    """For each claim the words that tell where it comes from; and the stand-ins behind the page."""
    hints: dict[str, str] = {}
    for name in needs.claims:
        path, key = lookup.claim_path(name)
        result = lookup.result(path, f"claim {name!r}")
        if entry := result.claims.get(key):
            hints[name] = describe(name, entry, result.provenance)
    claims = [lookup.root() / path for path in needs.steps]
    tables = [lookup.table_path(name) for name in needs.tables]
    figures = [lookup.figure_path(name) for name in needs.figures]
    return hints, standins([*claims, *tables, *figures])


def describe(name: str, entry: dict[str, Any], origin: Mapping[str, Any]) -> str:
    """A claim's provenance in one line: kind, cases, spread, rule, machine, commit."""
    words = [f"{name}: {entry['kind']}"]
    if entry.get("n", 1) > 1:
        words.append(f"n = {entry['n']}")
    if entry.get("spread"):
        low, high = (lookup.number(limit)[0] for limit in entry["spread"])
        words.append(f"spread {low} to {high}")
    words.append(f"rule {origin.get('rule', '?')}")
    if origin.get("device"):
        words.append(str(origin["device"]))
    if origin.get("commit"):
        words.append(
            f"commit {origin['commit'][:9]}" + (" and edits" if origin.get("dirty") else "")
        )
    return " · ".join(words)


def banners(scale: str, standins: list[str], *, draft: bool = False) -> list[str]:
    """What a reader must know first: a draft, a smoke run, data that stood in."""
    lines = ["Draft: unfinished, and left out of the built site."] if draft else []
    lines += [BANNERS[scale]] if scale in BANNERS else []
    if standins:
        lines.append(
            f"Made with stand-ins for {', '.join(standins)}: the real data could not be had "
            "where this was built, so the numbers are not results."
        )
    return lines


def plain(value: Any) -> Any:
    """YAML's dates as text, so that metadata can be written as JSON."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _variables(body: str, document: Document) -> str:
    path = document.root / "_variables.yml"
    if "{{< var " not in body or not path.is_file():
        return body
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in {part.split(" >}}")[0] for part in body.split("{{< var ")[1:]}:
        value: Any = known
        for key in name.split("."):
            if not isinstance(value, dict) or key not in value:
                raise Refused(f"{document.path}: _variables.yml has no {name!r}")
            value = value[key]
        body = body.replace(f"{{{{< var {name} >}}}}", str(value))
    return body
