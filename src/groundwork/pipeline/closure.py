"""Code closures: which code can change a result, as one digest that ignores looks.

The closure of a script is the script, every project module it imports, transitively, and the
locked versions of the third-party packages they import. Modules enter as normalised syntax trees:
comments, docstrings and formatting do not count. A room's `__init__` that only re-exports is
looked through, so that importing one function of a room does not depend on the room's others.
Closures of scripts stop at `groundwork.pipeline`, which moves files and computes no result.

Dynamic imports cannot be seen from the text, so they are refused (`ClosureError`).
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork.pipeline import syntax

SOURCES = ROOT / "src"
BOUNDARY = "groundwork.pipeline"
# Import names that differ from the distribution's name on the package index.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "pypandoc": "pypandoc-binary",
    "mpl_toolkits": "matplotlib",
}


class ClosureError(ValueError):
    """Code whose closure cannot be known: a dynamic import, or a package the lock does not pin."""


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
    script = Path(os.path.abspath(script))
    stop = not syntax.within(script, SOURCES)
    members: dict[str, Path] = {}
    packages: dict[str, str] = {}
    frontier: list[tuple[Path, str | None]] = [(script, None)]
    seen = set(frontier)
    while frontier:
        path, wanted = frontier.pop()
        facts = syntax.facts(path)
        if facts.dynamic and stop:
            raise ClosureError(
                f"{_name(path)}, line {facts.dynamic[0]}: a dynamic import or exec hides code from "
                "the closure; import the module by name"
            )
        files, versions = _imports(path, wanted, stop)
        packages.update(versions)
        for found in files:
            if found not in seen:
                seen.add(found)
                frontier.append(found)
        if not (path.name == "__init__.py" and facts.reexports is not None):
            members[_name(path)] = path
    members, packages = dict(sorted(members.items())), dict(sorted(packages.items()))
    # The JSON of {"modules": …, "packages": …}, put together from each file's own part.
    parts = ", ".join(f"{json.dumps(name)}: {_part(path)}" for name, path in members.items())
    text = f'{{"modules": {{{parts}}}, "packages": {json.dumps(packages)}}}'
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    modules = {name: syntax.facts(path).definitions for name, path in members.items()}
    return Closure(digest, modules, packages)


@cache
def _part(path: Path) -> str:
    return json.dumps(syntax.facts(path).definitions, sort_keys=True)


@cache
def _imports(
    path: Path, wanted: str | None, stop: bool
) -> tuple[list[tuple[Path, str | None]], dict[str, str]]:
    """Project files that `path` imports; third-party packages with their versions.

    `wanted` and the names that come with the files are as in `_resolve`.
    """
    facts = syntax.facts(path)
    script = not syntax.within(path, SOURCES)  # which reaches what lies beside it
    found: list[tuple[Path, str | None]] = []
    packages: dict[str, str] = {}
    for module, name, line in facts.imports:
        if (
            wanted is not None
            and facts.reexports is not None
            and wanted != facts.reexports.get((module, name))
        ):
            continue
        if module.split(".")[0] == "groundwork":
            if (stop and (module + ".").startswith(BOUNDARY + ".")) or (
                stop and module == "groundwork" and name == "pipeline"
            ):
                continue
            files = _resolve(module, name)
            if not files:
                where = f"{_name(path)}, line {line}"
                raise ClosureError(f"{where}: there is no module {module} in src/")
            found += files
        elif script and (beside := f"{module.split('.')[0]}.py") in _scripts(path.parent):
            found.append((path.with_name(beside), None))
        elif (top := module.split(".")[0]) not in sys.stdlib_module_names:
            distribution = DISTRIBUTIONS.get(top, top.lower().replace("_", "-"))
            version = locked().get(distribution)
            if version is None:
                raise ClosureError(
                    f"{_name(path)}, line {line}: imports {top}, "
                    "which is not pinned in requirements.lock"
                )
            packages[distribution] = version
    return found, packages


@cache
def _resolve(module: str, name: str | None) -> list[tuple[Path, str | None]]:
    """The files that importing `name` from a project module reads; none if there is no such module.

    With each comes the one name taken from a re-exporting `__init__`; None takes all of it.
    """
    base = SOURCES.joinpath(*module.split("."))
    if (package := base / "__init__.py").is_file():
        if name is None or name == "*":
            return [(package, None)]
        exports = syntax.facts(package).reexports
        if exports is None or name in exports.values():
            return [(package, name if exports is not None else None)]
        for inner in (base / f"{name}.py", base / name / "__init__.py"):
            if inner.is_file():
                return [(inner, None)]
        return [(package, None)]
    if (file := base.with_suffix(".py")).is_file():
        return [(file, None)]
    return []


@cache
def _scripts(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.glob("*.py"))


@cache
def locked() -> dict[str, str]:
    """Distribution → version, as requirements.lock pins them."""
    pins = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        name, _, version = line.split("#")[0].split(";")[0].strip().partition("==")
        if version:
            pins[name.strip().lower().replace("_", "-")] = version.strip()
    return pins


def forget() -> None:
    """Drop what was read, for a process that looks at a tree before and after an edit."""
    for cached in (of, _part, _name, _imports, _resolve, _scripts, locked, syntax.facts):
        cached.cache_clear()


@cache
def _name(path: Path) -> str:
    if syntax.within(path, SOURCES):
        dotted = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
        return dotted.removesuffix(".__init__")
    return path.relative_to(ROOT).as_posix() if syntax.within(path, ROOT) else path.name
