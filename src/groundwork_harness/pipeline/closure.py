"""Code closures: which code can change a result, as one digest that ignores looks.

The closure of a script is the script, every project module it imports, transitively, the packages
around these, whose `__init__` Python runs too, and the locked versions of the third-party packages
they import. Modules enter as normalised syntax trees: comments, docstrings and formatting do not
count. Of a room's `__init__` that only re-exports, each name that is taken counts with what it is
bound to, so that importing one function of a room does not depend on the room's others.

Closures of scripts stop at the harness, `groundwork_harness`, which moves files and computes no
result; the one part of it that decides what a result looks like is listed in `COUNTED`.

What cannot be seen from the text is refused (`ClosureError`): dynamic imports (`hidden`), and files
that shadow a module. Modules of the harness, part of whose trade is to run the cells of pages, may hide code:
what the cells import is added to their closures by `document_index`.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from groundwork.core.extras import distribution
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pins, syntax
from groundwork_harness.pipeline.looks import HARNESS

SOURCES = ROOT / "src"
OURS = ("groundwork", HARNESS)
# Part of the harness that a script imports → what counts of it: how pictures look is a result.
COUNTED = {
    "groundwork_harness.pipeline.figure": "groundwork_harness.pipeline.media",
    "groundwork_harness.pipeline.media": "groundwork_harness.pipeline.media",
}
FORMS = ("*.py", "*.so", "*/__init__.py")  # what a folder on Python's path offers for import
# A file, and the names taken from it: each of them, "" for none (Python only runs it), None for all.
Taken = tuple[Path, str | None]


class ClosureError(ValueError):
    """Code whose closure cannot be known: broken, hidden, shadowed, or not in the lock."""


@dataclass(frozen=True)
class Closure:
    """`modules`: module or script → {definition → digest}; `packages`: distribution → version."""

    digest: str
    modules: dict[str, dict[str, str]]
    packages: dict[str, str]


@cache
def of(script: Path) -> Closure:
    """The closure of a script or module file; cached by file content.

    Raises `ClosureError` with file and line for what cannot be followed.
    """
    try:
        reached, packages = _reach(Path(os.path.abspath(script)))
    except SyntaxError as problem:
        where = f"{_name(Path(str(problem.filename)))}, line {problem.lineno}"
        raise ClosureError(f"{where}: {problem.msg}") from None
    shares = {_name(path): (path, frozenset(names)) for path, names in reached.items()}
    shares = {name: share for name, share in sorted(shares.items()) if _definitions(*share)}
    packages = dict(sorted(packages.items()))
    # The JSON of {"modules": …, "packages": …}, put together from each file's own part.
    parts = ", ".join(f"{json.dumps(name)}: {_part(*share)}" for name, share in shares.items())
    text = f'{{"modules": {{{parts}}}, "packages": {json.dumps(packages)}}}'
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    modules = {name: _definitions(*share) for name, share in shares.items()}
    return Closure(digest, modules, packages)


def _reach(script: Path) -> tuple[dict[Path, set[str | None]], dict[str, str]]:
    """Files that running a script runs, each with the names taken from it; packages it imports."""
    stop = not syntax.within(script, SOURCES)
    for folder in [script.parent, SOURCES] if stop else [SOURCES]:  # where Python looks first
        _refuse_shadows(folder)
    reached: dict[Path, set[str | None]] = {}
    packages: dict[str, str] = {}
    frontier: list[Taken] = [(script, None), *_around(script, "")]
    while frontier:
        path, wanted = frontier.pop()
        if wanted in reached.setdefault(path, set()):
            continue
        reached[path].add(wanted)
        if stop and (hidden := syntax.facts(path).hidden):
            line, what = hidden[0]
            raise ClosureError(
                f"{_name(path)}, line {line}: `{what}` hides code from the closure; "
                "import what it runs by name"
            )
        files, versions = _imports(path, wanted, stop)
        packages.update(versions)
        frontier += files
    return reached, packages


@cache
def _part(path: Path, wanted: frozenset[str | None]) -> str:
    return json.dumps(_definitions(path, wanted), sort_keys=True)


@cache
def _definitions(path: Path, wanted: frozenset[str | None]) -> dict[str, str]:
    """What counts of a file: all it defines, or of mere re-exports what is bound to wanted names."""
    facts = syntax.facts(path)
    if facts.reexports is None or None in wanted:
        return facts.definitions
    return {name: ", ".join(of) for name, of in facts.reexports.items() if name in wanted}


@cache
def _imports(path: Path, wanted: str | None, stop: bool) -> tuple[list[Taken], dict[str, str]]:
    """Project files that `path` imports; third-party packages with their versions."""
    facts = syntax.facts(path)
    script = not syntax.within(path, SOURCES)  # which reaches what lies beside it
    found: list[Taken] = []
    packages: dict[str, str] = {}
    for module, name, line in facts.imports:
        full, top = f"{module}.{name}" if name else module, module.split(".")[0]
        doors = facts.reexports
        if doors is not None and wanted is not None and full not in doors.get(wanted, ()):
            continue
        if stop and f"{full}.".startswith(f"{HARNESS}."):
            inner = [COUNTED[door] for door in COUNTED if f"{full}.".startswith(f"{door}.")]
            found += [(file, None) for file in map(_file, inner) if file]
        elif top in OURS:
            files = _resolve(module, name)
            if not files:
                where = f"{_name(path)}, line {line}"
                raise ClosureError(f"{where}: there is no module {module} in src/")
            found += files
        elif script and f"{top}.py" in _scripts(path.parent):
            found.append((path.with_name(f"{top}.py"), None))
        elif top not in sys.stdlib_module_names:
            package = distribution(top)
            if package not in locked():
                raise ClosureError(
                    f"{_name(path)}, line {line}: imports {top}, "
                    "which is not pinned in requirements.lock"
                )
            packages[package] = locked()[package]
    return found, packages


@cache
def _resolve(module: str, name: str | None) -> list[Taken]:
    """The files that importing `name` from a project module runs; none if there is no such module.

    From a package, `name` may be what its `__init__` binds, a submodule, or both; and a package that
    is imported as a whole can be asked for any of its names.
    """
    file = _file(module)
    if file is None:
        return []
    around = _around(file, None if name is None else "")
    if name is None or file.name != "__init__.py":
        return [(file, None), *around]
    inner = _file(f"{module}.{name}")
    known = inner or name in (syntax.facts(file).reexports or ())
    return [(file, name if known else None), *([(inner, None)] if inner else []), *around]


@cache
def _file(module: str) -> Path | None:
    base = SOURCES.joinpath(*module.split("."))
    files = (base / "__init__.py", base.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _around(path: Path, wanted: str | None) -> list[Taken]:
    """The packages around a module, which Python runs before it."""
    folders = [folder for folder in path.parents if syntax.within(folder, SOURCES)]
    inits = [folder / "__init__.py" for folder in folders]
    return [(init, wanted) for init in inits if init != path and init.is_file()]


@cache
def _refuse_shadows(folder: Path) -> None:
    """Refuse a module that every import from here on would find before the one it is named like."""
    for path in [found for form in FORMS for found in sorted(folder.glob(form))]:
        name = path.relative_to(folder).parts[0].split(".")[0]
        ours = name in OURS and folder != SOURCES
        if ours or name in sys.stdlib_module_names or distribution(name) in locked():
            raise ClosureError(
                f"{_name(path)}: Python would import it in place of {name}; rename it"
            )


@cache
def _scripts(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.glob("*.py"))


@cache
def locked() -> dict[str, str]:
    """Distribution → version, as requirements.lock pins them."""
    return pins.read(ROOT / pins.BUILD)


def forget() -> None:
    """Drop what was read, for a process that looks at a tree before and after an edit."""
    for value in [*globals().values(), syntax.facts]:
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@cache
def _name(path: Path) -> str:
    if syntax.within(path, SOURCES):
        dotted = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
        return dotted.removesuffix(".__init__")
    return path.relative_to(ROOT).as_posix() if syntax.within(path, ROOT) else path.name
