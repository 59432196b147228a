"""Loose ends: files that rules, figures and documents read, and that nothing makes; idle rule files.

Snakemake passes over a missing input as long as its reader's old output is there: a misspelt or
renamed figure would leave the old picture on the page, and nobody would be told.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pictures
from groundwork_harness.pipeline.context import Context

MADE = ("results/", "reports/")


def refuse(context: Context, workflow: Any) -> None:
    """Raise `WorkflowError` for the first such file: who reads it, and what may have been meant.

    What the functions of rules will ask for is known only for figures and documents, by the context.
    """
    if not workflow.is_main_process:
        return  # it has looked
    _refuse_idle_rules(workflow)
    rules = list(workflow.rules)
    outputs = [output for rule in rules for output in rule.output]
    fixed = {str(output) for output in outputs if not output.contains_wildcard()}
    patterns = [output.regex() for output in outputs if output.contains_wildcard()]
    known: dict[str, bool] = {}
    for reader, path in _read(context, rules):
        if path not in known:
            known[path] = (
                path in fixed
                or any(pattern.match(path) for pattern in patterns)
                or (not path.startswith(MADE) and (ROOT / path).exists())
            )
        if not known[path]:
            suffix = path.partition("/figures/")[2].partition(".")[2]
            drawn = (*pictures.names(animated=False), *pictures.names(animated=True))
            near = [*fixed, *(context.result(f"{picture}.{suffix}") for picture in drawn)]
            meant = difflib.get_close_matches(path, near, n=1)
            advice = f"; did you mean {meant[0]}?" if meant else ""
            raise WorkflowError(f"{reader} reads {path}, which no rule makes{advice}")


def _refuse_idle_rules(workflow: Any) -> None:
    included = {Path(file.get_path_or_uri(secret_free=False)).name for file in workflow.included}
    for path in sorted((ROOT / "rules").glob("*.smk")):
        if path.name not in included:
            raise WorkflowError(
                f"rules/{path.name} is included by nothing: a room's rules go with its page, "
                f"src/documents/rooms/{path.stem}.qmd (groundwork new room writes both); others are "
                "included by a room's file or by the Snakefile"
            )


def _read(context: Context, rules: list[Any]) -> Iterator[tuple[str, str]]:
    """(reader, file) of every input that is known before jobs are."""
    for animated in (False, True):
        for picture in pictures.names(animated=animated):
            for path in map(context.result, pictures.inputs(picture)):
                yield pictures.script(picture), path
    for name in context.index.documents:
        for path in context.index.files(name):
            yield context.index.qmd(name), path
    for rule in rules:
        for path in rule.input:
            if isinstance(path, str) and not path.contains_wildcard():  # type: ignore[attr-defined]
                yield f"rule {rule.name}", str(path)
