"""Weaving: cells run, their output and the inline values set into the markdown.

Two ways to run the same cells. A document that only looks things up is evaluated in this process
(a kernel takes over a second to start); one that imports anything else gets a Jupyter kernel of
its own. A test holds the two to the same text.
"""

import ast
import contextlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import yaml

from groundwork_harness.documents.document import SHOWN, Refused, lines_with_fences
from groundwork_harness.documents.inputs import IMPORT, LOOKUP, SPAN, expression

OTHER_IMPORT = re.compile(r"^\s*(?:import|from)\s", re.MULTILINE)
Output = dict[str, str]  # MIME type to text, as a kernel sends it


@dataclass(frozen=True)
class Piece:
    """A stretch of a document: `prose`, a `verbatim` block, or a `cell` with its options."""

    kind: str
    text: str
    line: int
    options: dict[str, Any]


class Runner(Protocol):
    """Runs code and tells what it printed and what its last expression gave."""

    def run(self, code: str) -> list[Output]: ...


def split(body: str) -> Iterator[Piece]:
    """The pieces of a document's body, in order."""
    for fence, group in groupby(lines_with_fences(body), key=lambda row: row[2]):
        rows = list(group)
        start, lines = rows[0][0], [line for _, line, _ in rows]
        if fence is None or not fence.is_cell:
            yield Piece("verbatim" if fence else "prose", "\n".join(lines), start, {})
            continue
        marks = [line[2:].strip() for line in lines if line.startswith("#|")]
        code = "\n".join(line for line in lines[1:-1] if not line.startswith("#|"))
        yield Piece("cell", code, start, yaml.safe_load("\n".join(marks)) or {})


def only_looks_up(pieces: list[Piece]) -> bool:
    """Whether the cells import nothing but the lookup functions."""
    code = "\n".join(piece.text for piece in pieces if piece.kind == "cell")
    ours = [module for module, _ in IMPORT.findall(code) if module == LOOKUP]
    return len(ours) == len(OTHER_IMPORT.findall(code))


def weave(
    body: str, where: str, folder: Path, *, echo: bool = False, kernel: bool | None = None
) -> str:
    """The body as plain markdown: cells replaced by their output, inline values filled in.

    `where` names the document in messages; cells run in `folder`; `kernel=None` starts a kernel
    only where one is needed. Raises `Refused` with the cell or expression that failed.
    """
    pieces = list(split(body))
    if kernel is None:
        kernel = not only_looks_up(pieces)
    with _kernel(folder) if kernel else contextlib.nullcontext(Here()) as runner:
        return "\n".join(_woven(piece, runner, where, echo) for piece in pieces)


def _woven(piece: Piece, runner: Runner, where: str, echo: bool) -> str:
    def run(code: str, what: str) -> list[Output]:
        try:
            return runner.run(code)
        except Exception as problem:  # whatever a cell raises: say where it stands
            kind = (
                "" if isinstance(problem, (LookupError, Refused)) else f"{type(problem).__name__}: "
            )
            text = problem.args[0] if problem.args else problem
            raise Refused(f"{where}: {what}: {kind}{text}") from problem

    if piece.kind == "prose":

        def fill(span: re.Match[str]) -> str:
            code = expression(span)
            return inline(run(code, f"inline `{code}`"), code) if code else undoubled(span[0])

        return SPAN.sub(fill, piece.text)
    if piece.kind == "verbatim":
        return undoubled(piece.text)
    label = piece.options.get("label", "")
    outputs = run(piece.text, f"cell {label!r}")
    if piece.options.get("include") is False:
        return ""
    shown = "" if piece.options.get("output") is False else "\n\n".join(map(_block, outputs))
    if piece.options.get("echo", echo):
        shown = f"````python\n{piece.text}\n````\n\n{shown}"
    if label.startswith("tbl-"):
        shown = f"::: {{#{label}}}\n{shown}\n\n{piece.options.get('tbl-cap', '')}\n:::"
    return f"\n{shown}\n"


def undoubled(text: str) -> str:
    """Code that is shown: `{{python}}` behind a fence or a backtick with its braces single."""
    return SHOWN.sub(r"\g<mark>{\g<cell>}", text)


def _block(output: Output) -> str:
    if "text/markdown" in output:
        return output["text/markdown"]
    if any(kind.startswith("image/") for kind in output):
        raise Refused("a cell draws a picture; make it a figure script and show its file")
    return "````{.output}\n" + output.get("text/plain", "").rstrip("\n") + "\n````"


def inline(outputs: list[Output], expression: str) -> str:
    """An inline value in markdown: its own markdown if it has any, else its text, escaped."""
    if not outputs:
        raise Refused(f"inline `{expression}` gives no value")
    output = outputs[-1]
    if "text/markdown" in output:
        return output["text/markdown"]
    text = output["text/plain"]
    if text[:1] in "'\"":
        text = ast.literal_eval(text)
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>$~^@'\"-])", r"\\\1", text)


class Here:
    """Runs cells in this process, as a kernel would."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def run(self, code: str) -> list[Output]:
        """Execute; the last expression's value comes last, after what was printed."""
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, "<cell>", "exec"), self.names)
            value = None
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
        outputs = [{"text/plain": printed.getvalue()}] if printed.getvalue() else []
        if value is None:
            return outputs
        output = {"text/plain": repr(value)}
        if hasattr(value, "_repr_markdown_"):
            output["text/markdown"] = value._repr_markdown_()
        return [*outputs, output]


class _Kernel:
    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str) -> list[Output]:
        from nbclient.exceptions import CellExecutionError
        from nbformat.v4 import new_code_cell

        cell = new_code_cell(code)
        self.client.nb.cells.append(cell)
        try:
            self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        except CellExecutionError as problem:
            raise Refused(f"{problem.ename}: {problem.evalue}") from problem
        outputs: list[Output] = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stdout":
                outputs.append({"text/plain": output.text})
            elif output.output_type in ("execute_result", "display_data"):
                outputs.append(dict(output.data))
        return outputs


@contextlib.contextmanager
def _kernel(folder: Path) -> Iterator[Runner]:
    from nbclient import NotebookClient
    from nbformat.v4 import new_notebook

    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    client = NotebookClient(
        new_notebook(),
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,  # a kernel cuts what a cell prints wherever it happened to flush
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        yield _Kernel(client)
