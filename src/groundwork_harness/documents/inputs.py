"""What a document needs, read out of its own text: the pipeline asks this at every start.

Only the standard library is imported and nothing is executed: this runs once for each document
whenever Snakemake reads the rules.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

CLAIM = re.compile(r"""\bclaim\(\s*["']([\w.-]+)["']""")
SETTING = re.compile(r"""\bsetting\(\s*["']([\w./-]+)["']""")
TABLE = re.compile(r"""\btable\(\s*["']([\w.-]+)["']""")
FIGURE = re.compile(r"""(?:!\[|^image:).*?\(?\bfigures/([\w-]+/[\w-]+)\b""", re.MULTILINE)
INCLUDE = re.compile(r"^\{\{< include (\S+) >\}\}", re.MULTILINE)
# A code span of any number of backticks; one backtick and {python} make it an inline value.
SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
INLINE = "{python} "
IMPORT = re.compile(
    r"^\s*(?:from|import)\s+(groundwork(?:_harness)?(?:\.\w+)*)(?:\s+import\s+([\w, ]+))?",
    re.MULTILINE,
)
FENCED = re.compile(r"^(`{3,}|~{3,})([^\n`]*)\n(.*?)^\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
ROOM = re.compile(r"^room:\s*[\"']?(\w+)", re.MULTILINE)
LOOKUP = "groundwork_harness.documents.lookup"


@dataclass(frozen=True)
class Inputs:
    """Names in a document's text, each list sorted and without doubles.

    `claims` are `room.step.name`, `settings` `room.step.key`, `tables` `room.step`, `figures` `room/figure`; `modules` are
    what the cells of a tutorial page import of this project, beyond the lookup itself.
    """

    claims: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    includes: list[Path] = field(default_factory=list)
    bibliography: list[Path] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)

    @property
    def steps(self) -> list[str]:
        """The results' JSON files, relative to a scale's folder, that hold claims and settings."""
        claims = {claim_source(name)[0] for name in self.claims}
        return sorted(claims | {setting_source(name)[0] for name in self.settings})

    @property
    def csvs(self) -> list[str]:
        """The results' CSV files, relative to a scale's folder, that hold the tables."""
        return sorted({name.replace(".", "/") + ".csv" for name in self.tables})


def claim_source(name: str) -> tuple[str, str]:
    """The result that holds a claim `room.step.name`, relative to a scale's folder; the claim's key.

    A step that fans out has one more part: `room.step.instance.name`.
    """
    step, _, key = name.rpartition(".")
    return step.replace(".", "/") + ".json", key


def setting_source(name: str) -> tuple[str, list[str]]:
    """The result made with a setting `room.step.key`, relative to a scale's folder; the keys to it.

    More keys lead into blocks and lists: `room.step.block.key`, `room.step.list.0`. Of a step that
    fans out an instance is named: `room.step/instance.key`.
    """
    room, step, *keys = [*name.split("."), ""] if name.count(".") < 2 else name.split(".")
    return f"{room}/{step}.json", keys


def inputs(qmd: Path, documents: Path) -> Inputs:
    """What the document `qmd` of the project `documents` looks up, shows, includes and cites."""
    text = qmd.read_text(encoding="utf-8")
    includes = [
        documents / name[1:] if name.startswith("/") else qmd.parent / name
        for name in INCLUDE.findall(_prose_and_cells(text)[0])
    ]
    for path in includes:
        if path.is_file():
            text += "\n" + path.read_text(encoding="utf-8")
    prose, cells = _prose_and_cells(text)
    code = "\n".join([*cells, *(found for m in SPAN.finditer(prose) if (found := expression(m)))])
    modules = set()
    for module, names in IMPORT.findall("\n".join(cells)):
        if module != LOOKUP:
            modules |= {module, *(f"{module}.{n.strip()}" for n in names.split(",") if n.strip())}
    room = ROOM.search(text)
    bibliography = [documents / "references" / f"{room[1]}.bib"] if room else []
    return Inputs(
        claims=sorted(set(CLAIM.findall(code))),
        settings=sorted(set(SETTING.findall(code))),
        tables=sorted(set(TABLE.findall(code))),
        figures=sorted(set(FIGURE.findall(prose))),
        includes=sorted(set(includes)),
        bibliography=[path for path in bibliography if path.is_file()],
        modules=sorted(modules),
    )


def expression(span: re.Match[str]) -> str:
    """The expression of an inline value, or nothing if the code span is plain code."""
    if len(span["ticks"]) > 1 or not span["code"].startswith(INLINE):
        return ""
    return span["code"].removeprefix(INLINE).replace("\n", " ").strip()


def _prose_and_cells(text: str) -> tuple[str, list[str]]:
    """The text without its fenced blocks, and the code of those that are `{python}` cells."""
    cells: list[str] = []

    def take(match: re.Match[str]) -> str:
        if match[2].strip().startswith("{python"):
            cells.append(match[3])
        return ""

    return FENCED.sub(take, text), cells
