"""What one Python file says, looks aside: definitions' digests, imports, re-exports; cached.

The cache maps a file's SHA-256 to these facts, so an unchanged file is hashed but never parsed.
"""

import ast
import atexit
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork.pipeline.config import ConfigError

CACHE = ROOT / ".snakemake" / "groundwork" / "syntax.json"
LITERALS = ("INPUTS", "ANIMATED")
VERSION = "2"  # raise when the normal form changes


@dataclass(frozen=True)
class Facts:
    """`definitions`: top-level name (or `Class.method`, or `<module>` for the rest) → digest;
    `imports`: (module, name or None, line); `literals`: INPUTS and ANIMATED, where a top-level
    literal sets them; `reexports`: for an `__init__` that holds nothing but
    imports and `__all__`, (module, name) → exported name; `dynamic`: lines of dynamic imports.
    """

    definitions: dict[str, str]
    imports: list[tuple[str, str | None, int]]
    reexports: dict[tuple[str, str | None], str] | None
    dynamic: list[int]
    literals: dict[str, Any]
    words: str  # digest of signatures and docstrings: what a reader of the API sees


def literal(path: Path, name: str) -> Any:
    """The value of the top-level literal assignment to `name` (of `LITERALS`), or None.

    Raises `ConfigError` where it is computed: the script is read, never run.
    """
    try:
        return facts(path).literals.get(name)
    except ValueError as problem:
        where = path.relative_to(ROOT) if within(path, ROOT) else path
        names = " and ".join(LITERALS)
        raise ConfigError(
            f"{where}: {names} must be literals, e.g. INPUTS = {{'name': 'room/step.json'}}, "
            f"with nothing to compute in them; {str(problem).partition(': <')[0]}"
        ) from None


@cache
def facts(path: Path) -> Facts:
    """The facts of one file. Raises `SyntaxError` as Python would."""
    content = path.read_bytes()
    init = path.name == "__init__.py"
    package = _package(path)
    key = hashlib.sha256(f"{VERSION}|{init}|{package}|".encode() + content).hexdigest()
    store = _store()
    if key not in store:
        store[key] = _pack(_read(ast.parse(content, filename=str(path)), init, package))
    return _unpack(store[key])


def _read(tree: ast.Module, init: bool, package: str) -> Facts:
    words = _words(tree)
    _strip_docstrings(tree)
    definitions: dict[str, str] = {}
    rest: list[Any] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            definitions[node.name] = _digest(node)
        elif isinstance(node, ast.ClassDef):
            for inner in [n for n in node.body if isinstance(n, ast.FunctionDef)]:
                key = f"{node.name}.{inner.name}"
                definitions[key] = _digest([definitions.get(key, ""), inner])  # property setters
            others = [n for n in node.body if not isinstance(n, ast.FunctionDef)]
            definitions[node.name] = _digest([node.name, node.bases, node.decorator_list, others])
        else:
            rest.append(node)
    definitions["<module>"] = _digest(rest)
    imports, dynamic = _imports(tree, package)
    reexports: dict[tuple[str, str | None], str] | None = None
    if init and all(isinstance(n, ast.ImportFrom) or _is_all(n) for n in tree.body):
        reexports = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    source = (_absolute(node, package), alias.name)
                    reexports[source] = alias.asname or alias.name
    return Facts(definitions, imports, reexports, dynamic, _literals(tree), words)


def _words(tree: ast.Module) -> str:
    seen: list[Any] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            seen.append([node.name, _normal(node.args), _normal(node.returns)])
        elif isinstance(node, ast.ClassDef):
            seen.append([node.name, _normal(node.bases)])
        elif isinstance(node, ast.AnnAssign) or _is_all(node) or _is_text(node):
            # Bare strings document attributes; annotations and __all__ appear on the page.
            seen.append(_normal(node))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]


def _literals(tree: ast.Module) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        if (name := getattr(node.targets[0], "id", "")) in LITERALS:
            found[name] = ast.literal_eval(node.value)
    return found


def _imports(tree: ast.AST, package: str) -> tuple[list[tuple[str, str | None, int]], list[int]]:
    found: list[tuple[str, str | None, int]] = []
    dynamic: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, None, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            found += [(module, alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            bare = isinstance(called, ast.Name) and name in ("__import__", "exec", "eval")
            if bare or name in (
                "import_module",
                "run_path",
                "run_module",
                "spec_from_file_location",
            ):
                dynamic.append(node.lineno)
    return found, dynamic


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def within(path: Path, folder: Path) -> bool:
    """Whether an absolute path lies below a folder, by name; far faster than `path.parents`."""
    return str(path).startswith(f"{folder}{os.sep}")


def _package(path: Path) -> str:
    sources = ROOT / "src"
    return ".".join(path.parent.relative_to(sources).parts) if within(path, sources) else ""


def _is_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and all(
        isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
    )


def _strip_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # Bare strings anywhere in a body are attribute docstrings: they compute nothing either.
            kept = [n for n in node.body if not _is_text(n)]
            node.body = kept or ([] if isinstance(node, ast.Module) else [ast.Pass()])


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _digest(node: Any) -> str:
    return hashlib.sha256(repr(_normal(node)).encode()).hexdigest()[:12]


def _normal(node: Any) -> Any:
    """A syntax tree as nested tuples, alike in every Python version: empty fields left out."""
    if isinstance(node, ast.AST):
        kept = []
        for name, value in ast.iter_fields(node):
            if name in ("ctx", "kind", "type_comment") or value is None or value == []:
                continue
            kept.append((name, _normal(value)))
        constant = (type(node.value).__name__,) if isinstance(node, ast.Constant) else ()
        return (type(node).__name__, *constant, *kept)
    if isinstance(node, list):
        return [_normal(item) for item in node]
    return node


@cache
def _store() -> dict[str, Any]:
    try:
        store = json.loads(CACHE.read_text())
    except (OSError, ValueError):
        store = {}
    atexit.register(_save, store, len(store))
    return store


def _save(store: dict[str, Any], before: int) -> None:
    if (
        len(store) != before
        and CACHE.parent.parent.is_dir()
        and os.access(CACHE.parent.parent, os.W_OK)
    ):
        try:
            write_text(CACHE, json.dumps(store))
        except OSError:
            pass  # a cache that cannot be kept costs time, nothing else


def _pack(value: Facts) -> dict[str, Any]:
    packed = asdict(value)
    if value.reexports is not None:
        packed["reexports"] = [[*source, name] for source, name in value.reexports.items()]
    return packed


def _unpack(packed: dict[str, Any]) -> Facts:
    table = packed["reexports"]
    return Facts(
        packed["definitions"],
        [(module, name, line) for module, name, line in packed["imports"]],
        None if table is None else {(module, name): new for module, name, new in table},
        packed["dynamic"],
        packed["literals"],
        packed["words"],
    )
