"""Prose lint: no number in prose that no rule made.

Reads every document for a number followed by a unit, % or × outside code and mathematics: it must
come from a claim, or be marked as given (`[1.4697]{.given}`) with a citation beside it. With
results at hand it also finds claims that no result holds, claims made by other code or settings
than the tree's (stale), data that is not the pinned, and claims that no document shows (a warning).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork.core.result import Result
from groundwork_harness.documents import markdown
from groundwork_harness.documents.catalog import is_draft
from groundwork_harness.documents.inputs import claim_source, inputs, setting_source
from groundwork_harness.pipeline import pinned
from groundwork_harness.pipeline.tree import Tree

DOCUMENTS = ROOT / "src" / "documents"
UNITS = (
    r"%|‰|×(?!\s?\d)|percent(?:age points)?\b|(?:per cent)\b|times (?:faster|slower|more|less|as)\b"
    r"|(?:n|µ|μ|m)?s\b|(?:milli|micro|nano)?seconds?\b|min(?:utes?)?\b|h(?:ours?)?\b"
    r"|[kKMGT]i?B(?:/s)?\b|bytes?\b|[kMGTP]?FLOPS?(?:/s)?\b|[kMGT]?Hz\b|(?:tokens|images)(?:/s| per second)"
    r"|bits? per \w+|°C?|[mk]?W(?:h)?\b|dB\b"
)
NUMBER = r"(?<![\w.,^/-])[-−+~≈]?(?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
MEASURED = re.compile(rf"(?P<number>{NUMBER})[\s\u00a0\u202f~]?(?:{UNITS})")
GIVEN = re.compile(r"\[(?P<text>[^\][]*)\]\{\.given\}")
CITED = re.compile(r"\[@[\w:.-]+|@(?!fig-|tbl-|eq-|sec-|thm-|lem-|cor-|prp-|cnj-|def-|exm-|exr-)\w")

STALE = {
    "step": "its step is gone",
    "code": "made by other code than this tree's; run the build again",
    "settings": "made with other settings than this tree's; run the build again",
}


@dataclass(frozen=True)
class Finding:
    """A fault of kind hand-typed, uncited, unknown, stale or data; or unused, which only warns."""

    kind: str
    where: str
    words: str

    @property
    def warns(self) -> bool:
        """Whether this is a warning rather than a fault."""
        return self.kind == "unused"

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.words}"


def check(documents: Path, results: Path | None, config: dict[str, Any]) -> list[Finding]:
    """Findings in all documents; without `results`, in their prose alone.

    A draft may ask for claims that are not made yet.
    """
    paths = sorted(documents.rglob("*.qmd"))
    found = [finding for path in paths for finding in check_prose(path, documents)]
    if results is None:
        return found
    finished = [path for path in paths if not is_draft(path)]
    found += check_claims(results, finished, config, documents)
    return found + check_data(results)


def check_data(results: Path) -> list[Finding]:
    """Data that results were made from, or that lies here, and is not what is pinned."""
    tree = results.parents[1]
    records = [path.relative_to(tree) for path in sorted(results.glob("*/*.json"))]
    found = pinned.behind(records, tree)
    return [Finding("data", name, words) for name, words in pinned.faults(found, tree)]


def check_prose(path: Path, documents: Path = DOCUMENTS) -> Iterator[Finding]:
    """Hand-typed measured numbers of one document, and given ones without a citation."""
    name = path.relative_to(documents).as_posix()
    prose = markdown.blank(path.read_text(encoding="utf-8"), markdown.ALL)
    for paragraph in re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+", prose):
        for match in GIVEN.finditer(paragraph[0]):
            if not CITED.search(paragraph[0]):
                at = 1 + prose.count("\n", 0, paragraph.start() + match.start())
                words = f"{match['text']!r} is given, but by whom? add [@key] beside it"
                yield Finding("uncited", f"{name}:{at}", words)
    bare = GIVEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), prose)
    for match in MEASURED.finditer(bare):
        at = 1 + bare.count("\n", 0, match.start())
        words = (
            f'{match[0]!r}: show it with `{{python}} claim("room.step.name")`, or mark it '
            "[…]{.given} and cite its source"
        )
        yield Finding("hand-typed", f"{name}:{at}", words)


def check_claims(
    results: Path,
    paths: Iterable[Path],
    config: dict[str, Any],
    documents: Path = DOCUMENTS,
) -> Iterator[Finding]:
    """Unknown and stale claims of the documents, and the results' unused ones."""
    used: set[str] = set()
    tree = Tree(config)
    for path in paths:
        name = path.relative_to(documents).as_posix()
        wanted = inputs(path, documents)
        used |= set(wanted.claims)
        lines = path.read_text(encoding="utf-8").splitlines()
        for shown in (*wanted.claims, *wanted.settings):
            at = next((i for i, text in enumerate(lines, 1) if shown in text), 1)
            for kind, words in _faults(results, shown, shown in wanted.settings, tree):
                yield Finding(kind, f"{name}:{at}", words)
    for path in sorted(results.glob("*/*.json")):
        if path.parent.name in ("documents", "logs", "benchmarks"):
            continue
        result = _result(path)
        for key in result.claims if result else ():
            claim = f"{path.parent.name}.{path.stem}.{key}"
            if claim not in used:
                yield Finding("unused", path.as_posix(), f"no document shows {claim}")


def _faults(results: Path, shown: str, is_setting: bool, tree: Tree) -> Iterator[tuple[str, str]]:
    """What is wrong with a claim or a setting that a document shows: kind and words."""
    file = (setting_source if is_setting else claim_source)(shown)[0]
    result = _result(results / file)
    words = f"{results} has no {'setting' if is_setting else 'claim'} {shown}"
    if result is None:
        gone = f"there is no {results / file}: snakemake {results / file} makes it"
        yield "unknown", f"{words}; {gone}"
    elif not _holds(result, shown, is_setting):
        yield "unknown", words
    elif changed := result.stale(tree):
        yield "stale", f"{shown}: {STALE[changed[0]]}"


def _holds(result: Result, shown: str, is_setting: bool) -> bool:
    if not is_setting:
        return claim_source(shown)[1] in result.claims
    try:
        result.setting(*setting_source(shown)[1])
    except KeyError:
        return False
    return True


def _result(path: Path) -> Result | None:
    try:
        return Result.read(path)
    except (OSError, ValueError):
        return None
