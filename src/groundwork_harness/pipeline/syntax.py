"""What one Python file says, looks aside: definitions' digests, imports, re-exports; cached.

The cache maps a file's SHA-256 to these facts, so an unchanged file is hashed but never parsed.
"""

import ast
import atexit
import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.config import ConfigError
from groundwork_harness.pipeline.dynamic_imports import hidden
from groundwork_harness.pipeline.looks import is_text, strip

CACHE = ROOT / ".snakemake" / "groundwork" / "syntax.json"
LITERALS = ("INPUTS", "ANIMATED")
VERSION = "5"  # raise when the facts or their normal form change


@dataclass(frozen=True)
class Facts:
    """`definitions`: name (`f`, `Class`, `Class.method`) → digest, `<module>` for what runs on import;
    `imports`: (module, name or None, line); `reexports`: for an `__init__` that holds nothing but
    imports of names and `__all__`, exported name → the dotted names bound to it, of which the last
    wins; `hidden`: (line, spelling) of what hides code; `literals`: INPUTS and ANIMATED, where a
    top-level literal sets them; `words`: digest of what a reader of the API sees, signatures and
    docstrings. All are as JSON holds them.
    """

    definitions: dict[str, str]
    imports: list[tuple[str, str | None, int]]
    reexports: dict[str, list[str]] | None
    hidden: list[tuple[int, str]]
    literals: dict[str, Any]
    words: str


def literal(path: Path, name: str) -> Any:
    """The top-level literal that is assigned to `name`, or None; `ConfigError` for what is not."""
    try:
        return facts(path).literals.get(name)
    except ValueError:
        where = path.relative_to(ROOT) if within(path, ROOT) else path
        words = f"{' and '.join(LITERALS)} must be literals: a script is read here, not run"
        raise ConfigError(f"{where}: {words}") from None


@cache
def facts(path: Path) -> Facts:
    """The facts of one file. Raises `SyntaxError` as Python would."""
    content = path.read_bytes()
    init = path.name == "__init__.py"
    package = _package(path)
    key = hashlib.sha256(f"{VERSION}|{init}|{package}|".encode() + content).hexdigest()
    store = _store()
    if key not in store:
        store[key] = vars(_read(ast.parse(content, filename=str(path)), init, package))
    return Facts(**store[key])


def _read(tree: ast.Module, init: bool, package: str) -> Facts:
    nodes = list(ast.walk(tree))
    words = _words(nodes)
    strip(nodes, package)
    definitions: dict[str, str] = {}
    definitions["<module>"] = _digest(_run(tree.body, "", definitions))
    return Facts(
        definitions,
        _imports(nodes, package),
        _reexports(tree, package) if init else None,
        hidden(tree, nodes),
        _literals(tree),
        words,
    )


def _run(body: list[ast.stmt], prefix: str, definitions: dict[str, str]) -> list[Any]:
    """What a module's or class's body runs, in order; digests of what it defines are added.

    A definition stands there by its name, for its place. A function's place matters only if
    something is computed there, or if its name is bound again: any other may move freely.
    """
    bound = _bound(body)
    run: list[Any] = []
    for node in body:
        if isinstance(node, ast.ClassDef):
            inner = _run(node.body, f"{prefix}{node.name}.", definitions)
            parts: Any = [[f, v] for f, v in ast.iter_fields(node) if v and f != "body"] + [inner]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = node
        else:
            run.append(node)
            continue
        key = prefix + node.name
        # Names may be defined again and again (`_`, the setter of a property): each one counts.
        definitions[key] = _digest([definitions.get(key, ""), parts])
        if isinstance(node, ast.ClassDef) or _computes(node) or bound[node.name] > 1:
            run.append(node.name)
    return run


def _computes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether defining a function runs code: decorators, or defaults that are not literals."""
    defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    names = [n for default in defaults for n in ast.walk(default) if isinstance(n, ast.Name)]
    return bool(node.decorator_list or names)


def _bound(body: list[ast.stmt]) -> Counter[str]:
    """How often each name is bound below a body, at any depth: more often than in it, at worst."""
    found: Counter[str] = Counter()
    for node in (inner for statement in body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found[node.id] += 1
        elif name := getattr(node, "asname", None) or getattr(node, "name", None):
            found[name] += 1  # of a definition, an import, a handler, a pattern
    return found


def _reexports(tree: ast.Module, package: str) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and all(alias.name != "*" for alias in node.names):
            for alias in node.names:
                source = f"{_absolute(node, package)}.{alias.name}"
                found.setdefault(alias.asname or alias.name, []).append(source)
        elif not _is_all(node):
            return None
    return found


def _words(nodes: list[ast.AST]) -> str:
    seen: list[Any] = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            seen.append([node.name, _normal(node.args), _normal(node.returns)])
        elif isinstance(node, ast.ClassDef):
            seen.append([node.name, _normal(node.bases)])
        elif isinstance(node, ast.AnnAssign) or _is_all(node) or is_text(node):
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


def _imports(nodes: list[ast.AST], package: str) -> list[tuple[str, str | None, int]]:
    found: list[tuple[str, str | None, int]] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(alias.name, None, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            found += [(module, alias.name, node.lineno) for alias in node.names]
    return found


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
        store = dict(json.loads(CACHE.read_text()))
    except (OSError, ValueError, TypeError):
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
