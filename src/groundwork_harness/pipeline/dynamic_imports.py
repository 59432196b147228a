"""Code that runs other code than its text names: what no closure can follow, so it is refused.

Refused are the modules and functions that import or run code by a computed name, wherever they are
mentioned (`run = exec` is as dark as `exec(…)`), star imports, and a look at where Python searches.
This keeps honest code honest; it is no wall against `getattr` with a spelled-out string.
"""

import ast

MODULES = {
    "builtins",
    "code",
    "codeop",
    "imp",
    "importlib",
    "pkgutil",
    "pydoc",
    "runpy",
    "site",
    "zipimport",
}
READ_ONLY = ("importlib.metadata.", "importlib.resources.")  # versions and data files, no code
BUILTINS = {"__builtins__", "__import__", "compile", "eval", "exec"}  # as `re.compile`, all is well
ANYWHERE = {
    "ModuleType",
    "SourceFileLoader",
    "__builtins__",
    "__import__",
    "exec_module",
    "import_module",
    "load_module",
    "module_from_spec",
    "run_module",
    "run_path",
    "spec_from_file_location",
}
# How a recorder finds the project on a machine without it: just where its closure looks, too.
OWN_PATH = "sys.path[:0] = [str(ROOT / 'src'), str(Path(__file__).parent)]"
SEARCH = {"sys.meta_path", "sys.modules", "sys.path", "sys.path_hooks"}


def hidden(tree: ast.Module, nodes: list[ast.AST]) -> list[tuple[int, str]]:
    """Line and spelling of each mention of what hides code; `nodes` are all those of the tree."""
    own = {node for part in tree.body if _is_own_path(part) for node in ast.walk(part)}
    return sorted(found for node in nodes if node not in own for found in _mentions(node))


def _is_own_path(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and ast.unparse(node) == OWN_PATH
    )


def _mentions(node: ast.AST) -> list[tuple[int, str]]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names if _module(alias.name)]
    elif isinstance(node, ast.ImportFrom):
        taken = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        names = [n for n in taken if n[-2:] == ".*" or (not node.level and _module(n)) or _part(n)]
    elif isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        names = [name for name in [f"{owner}.{node.attr}"] if _part(name)]
    elif isinstance(node, ast.Name):
        names = [node.id] if node.id in BUILTINS else []
    else:
        return []
    return [(node.lineno, name.lstrip(".")) for name in names]


def _module(name: str) -> bool:
    return name.split(".")[0] in MODULES and not f"{name}.".startswith(READ_ONLY)


def _part(name: str) -> bool:
    return name in SEARCH or name.rpartition(".")[2] in ANYWHERE
