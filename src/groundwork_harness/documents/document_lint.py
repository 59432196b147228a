"""Document lint: constructs that both engines render alike; anything else is refused with a remedy.

Each refusal names file and line, what stands there, and what to write instead. All faults of a
document are told at once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from groundwork_harness.documents import front
from groundwork_harness.documents.characters import unprintable
from groundwork_harness.documents.document import (
    Document,
    Refused,
    included,
    lines_with_fences,
    split_front_matter,
)
from groundwork_harness.documents.inputs import SPAN, expression
from groundwork_harness.documents.markdown import DISPLAY, FORMULA, blank
from groundwork_harness.documents.weave import Piece, split

Fault = tuple[int, str]  # line of the text (from 0), words

THEOREMS = "thm|lem|cor|prp|cnj|def|exm|exr"
REFERENCE = rf"(?:fig|tbl|eq|sec|{THEOREMS})-[\w-]+"
OPTIONS = {"label", "include", "echo", "output", "tbl-cap"}
# Faults of prose: what is looked for, and what to write instead.
PROSE = [
    (r"<(?!https?:|mailto:)/?[A-Za-z][^>]*>", "raw HTML; write markdown, or a div `::: {.class}`"),
    (r"^:+\s*\{[^}]*\.panel-tabset", "tabs; write the parts one after the other"),
    (r"^:+\s*\{[^}]*\.column", "columns; write one column"),
    (r"^:+\s*\{[^}]*(?:\.content-(?:visible|hidden)|when-(?:format|meta))",
     "conditional content; every reader gets the same text"),
    (r"^:+\s*\{[^}]*(?:layout|#fig-)", "sub-figures or a layout; draw one figure, or show several in turn"),
    (r"\blayout(?:-ncol|-nrow)?\s*=", "a layout; draw one figure, or show several in turn"),
    (r"\{\{<(?!\s*(?:include|var)\s)", "a shortcode; only include and var are common to both engines"),
    (r"^# \S", "a heading of one #, which is the title’s; begin with ##"),
    (r"^:\s.*\{#tbl-", "a caption line; write the table and its caption in a block ::: {#tbl-name} … :::"),
    (r"^\[?!\[\]\(", "a figure without a caption; write ![Caption.](figures/…)"),
    (r"\{[^}\n]*#(?:lst|alg|nte|tip|wrn|imp|cau|rem|sol)-[\w-]*",
     "a label of a kind without numbers here; label figures, tables, equations, sections, theorems"),
    (rf"\{{[^}}\n]*#(?=(?:fig|tbl|eq|sec|{THEOREMS})-)[\w-]*_[\w-]*", "an underscore in a label, which LaTeX trips over; write -"),
    (rf"\{{[^}}\n]*#(?=(?:fig|tbl|eq|sec|{THEOREMS})-)[\w-]*[A-Z][\w-]*", "a capital in a label; labels are lower case"),
    (rf"\[(?!-?@)[^][@\n]*@(?:{REFERENCE})[^][\n]*\](?![({{])",
     "a prefix in brackets, which the embedded engine drops; write @fig-name by itself"),
    (rf"\[-?@(?:{REFERENCE})(?![\w-])(?!\s*[;\]])[^][\n]*\]",
     "words behind a reference in its bracket, which the embedded engine drops; write them after it"),
    (r"^:+\s*\{[^}]*#(?:eq|sec)-", "a block as an equation or section; label $$ … $$ {#eq-name} or ## Title {#sec-name}"),
    (r"(?<!\\)\\[A-Za-z]{2,}", "raw TeX; write markdown, or a formula in $"),
    (r"\{=\w+\}", "raw output for one format; write markdown"),
]  # fmt: skip
HAND_TYPED = re.compile(
    r"\b(?:Theorem|Lemma|Corollary|Proposition|Conjecture|Definition|Example|Exercise|Figure|Fig\."
    r"|Table|Equation|Eq\.|Section)[ ~\u00a0]\(?\d+(?:\.\d+)*\)?(?P<after>[^\n]{0,60})"
)
MATHEMATICS = [  # the first of displayed formulas alone
    (r"\\begin\{(align|equation|gather|multline)\*?\}", "use aligned inside $$ … $$ {#eq-name}"),
    (r"\\(label|ref|eqref|tag\*?)\s*\{", "label with $$ … $$ {#eq-name}, refer with @eq-name"),
    (
        r"\\(?:bm|pmb|mathbfit|boldsymbol)\b(?=.*\\mathbf\b)|\\mathbf\b(?=.*\\(?:bm|pmb|mathbfit|boldsymbol)\b)",
        "upright and italic bold in one formula, which pandoc’s MathML tells not apart; use one of them",
    ),
]


def check(document: Document) -> None:
    """Raise `Refused` with every fault of the document and of what it includes."""
    parts = [(document.path, document.body, document.first_line)]
    for _, path in included(document.body, document.path, document.root):
        if path.is_file():
            _, body, line = split_front_matter(path.read_text(encoding="utf-8"), path)
            parts.append((path, body, line))
    labels = Counter(label for _, body, _ in parts for label in _labels(body))
    known = set(labels) | _keys(document)
    faults = []
    for path, body, first in parts:
        found = [*_faults(body, labels, known)]
        if document.metadata.get("pdf"):
            found += [(_line(body, at), words) for at, words in unprintable(body)]
        for line, words in sorted(found):
            faults.append(f"{_name(path, document)}:{first + line}: {words}")
    wrong = front.faults(document.metadata, document.kind)
    faults[:0] = [f"{_name(document.path, document)}:1: {words}" for words in wrong]
    if faults:
        raise Refused("\n".join(faults))


def _name(path: Path, document: Document) -> str:
    path = path.resolve()
    return (
        path.relative_to(document.root).as_posix()
        if path.is_relative_to(document.root)
        else str(path)
    )


def _faults(body: str, labels: Counter[str], known: set[str]) -> Iterator[Fault]:
    for piece in split(body):
        if piece.kind == "cell":
            yield from _cell(piece)
    for line, text, fence in lines_with_fences(body):
        if fence and fence.line == line and re.match(r"\{(?!python\b|\.)", fence.info):
            yield line, f"a block `{fence.info}`; only {{python}} cells run: {text.strip()}"
    yield from _shown(body)
    prose = "\n".join("" if fence else line for _, line, fence in lines_with_fences(body))
    yield from _mathematics(prose)
    for label, count in labels.items():
        at = _line(body, body.find("#" + label))
        if count > 1 and at >= 0:
            yield at, f"the label {label} stands {count} times; labels are unique in a document"
    bare = blank(prose)
    for pattern, words in PROSE:
        for match in re.finditer(pattern, bare, re.MULTILINE):
            yield _line(bare, match.start()), f"{match[0].strip()!r}: {words}"
    yield from _images(bare)
    yield from _references(bare, known)


RUNS = re.compile(r"[`~][ \t]*\{python\b[^{}\n]*\}(?=[ \t\n]|$)")
KEPT = re.compile(r"(?:^|\n)[ \t]*`\{\{python\}\} ")


def _shown(body: str) -> Iterator[Fault]:
    """Code that is only shown, but that Quarto would run or show with doubled braces."""
    rows = list(lines_with_fences(body))
    prose = "\n".join("" if fence else text for _, text, fence in rows)
    shown = [(i, text) for i, text, f in rows if f and not (f.is_cell and f.line == i)]
    for span in SPAN.finditer(prose):
        if not expression(span):
            before = prose[: span.start()].rpartition("\n")[2]
            shown.append((_line(prose, span.start()), re.sub(r"\S", "x", before) + span[0]))
    for line, text in shown:
        if match := RUNS.search(text):
            words = "shown code that Quarto runs; double its braces: {{python}}"
            yield line + text.count("\n", 0, match.start()), f"{match[0]!r}: {words}"
        if match := KEPT.search(text):
            words = (
                "Quarto leaves its braces doubled; let words stand before the backtick on its line"
            )
            yield line + text.count("\n", 0, match.end()), f"{match[0].strip()!r}: {words}"


def _cell(piece: Piece) -> Iterator[Fault]:
    label = piece.options.get("label")
    if not label:
        yield piece.line, "a cell without a label; begin it with `#| label: name`"
    for option in sorted(set(piece.options) - OPTIONS):
        yield piece.line, f"cell option {option!r}; allowed: {', '.join(sorted(OPTIONS))}"
    if str(label).startswith("tbl-") and not piece.options.get("tbl-cap"):
        yield piece.line, f'table {label} has no caption; add `#| tbl-cap: "…"`'
    if str(label).startswith("fig-"):
        yield piece.line, "a figure from a cell; write a figure script and show its file"


def _mathematics(prose: str) -> Iterator[Fault]:
    for formula in FORMULA.finditer(blank(prose, [DISPLAY])):
        for pattern, words in MATHEMATICS[1:]:
            if match := re.search(pattern, formula[0], re.DOTALL):
                yield _line(prose, formula.start()), f"{match[0]} in a formula: {words}"
    for formula in DISPLAY.finditer(prose):
        for pattern, words in MATHEMATICS:
            if match := re.search(pattern, formula[0], re.DOTALL):
                yield _line(prose, formula.start()), f"{match[0]} in a formula: {words}"
        if re.match(r"[ \t]*\{#eq-[\w-]+\}[^\s`]", prose[formula.end() : formula.end() + 80]):
            yield (
                _line(prose, formula.end()),
                "a sign touches the label; end the line behind the label",
            )
        late = re.match(r"\s*\n\s*\{#eq-", prose[formula.end() : formula.end() + 40])
        if late:
            yield _line(prose, formula.end()), "the label belongs on the line of the closing $$"


def _images(bare: str) -> Iterator[Fault]:
    for match in re.finditer(r"!\[[^\]]*\]\((?P<path>[^)\s]*)\)(?P<attributes>\{[^}]*\})?", bare):
        line, attributes = _line(bare, match.start()), match["attributes"] or ""
        if not re.fullmatch(r"figures/[\w-]+/[\w-]+", match["path"]):
            yield (
                line,
                f"picture {match['path']!r}; write figures/<room>/<figure>, without a suffix",
            )
        if re.search(r"(?<![\w-])alt=", attributes):
            yield line, "alt=, which pandoc drops inside a figure where it is empty; write fig-alt="
        if not re.search(r'fig-alt="[^"]{8,}"', attributes):
            yield line, 'a picture without alternative text; add {fig-alt="What is to be seen."}'
        if "#fig-" not in attributes:
            yield line, "a picture without a label; add {#fig-name}"


def _references(bare: str, known: set[str]) -> Iterator[Fault]:
    for match in re.finditer(r"(?<![\w\\.])-?@\{?(?P<key>[A-Za-z][\w:.+/-]*)", bare):
        key = match["key"].rstrip(".:")
        lower = key[:1].lower() + key[1:]
        if re.fullmatch(REFERENCE, lower) and lower not in known:
            yield (
                _line(bare, match.start()),
                (
                    f"@{key} has no target in this document; link to other documents as "
                    "[words](path.qmd#label)"
                ),
            )
        elif not re.fullmatch(REFERENCE, lower) and key not in known:
            yield _line(bare, match.start()), f"@{key} is not in the room’s bibliography"
    for match in HAND_TYPED.finditer(bare):
        if "@" not in match["after"]:  # "Theorem 7.1 of [@axler]" names another work's
            words = "a cross-reference number typed by hand; write @label"
            yield _line(bare, match.start()), f"{match[0][:24].strip()!r}: {words}"


def _labels(body: str) -> Iterator[str]:
    for piece in split(body):
        if piece.kind == "cell" and str(piece.options.get("label", "")).startswith("tbl-"):
            yield str(piece.options["label"])
        elif piece.kind == "prose":
            yield from re.findall(rf"\{{[^{{}}\n]*#({REFERENCE})", piece.text)


def _keys(document: Document) -> set[str]:
    from groundwork_harness.documents.inputs import inputs

    paths = inputs(document.path, document.root).bibliography
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {key for text in texts for key in re.findall(r"^\s*@\w+\s*\{\s*([^,\s]+)", text, re.M)}


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) if at >= 0 else -1
