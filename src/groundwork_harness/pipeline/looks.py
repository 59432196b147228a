"""Looks: what of a Python file computes nothing, and so is no part of a code closure."""

import ast

HARNESS = "groundwork_harness"


def strip(nodes: list[ast.AST], package: str = "") -> None:
    """Drop docstrings, and the words and bounds of settings, from the nodes of a module's tree.

    Outside the harness its imports go too: what it does computes no result, wherever it lies.
    """
    inside = f"{package}.".startswith(f"{HARNESS}.")
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # Bare strings anywhere in a body are attribute docstrings: they compute nothing either.
            kept = [n for n in node.body if not is_text(n) and (inside or not _of_harness(n))]
            node.body = kept or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        elif isinstance(node, ast.AnnAssign) and _calls(node.value, "knob"):
            node.value = None  # words, unit and bounds of a setting: its value is elsewhere
            node.annotation = _Unbounded().visit(node.annotation)


def _of_harness(node: ast.stmt) -> bool:
    """Whether a statement imports from the harness and from nothing else."""
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names] if not node.level else [""]
    else:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [""]
    return all(f"{name}.".startswith(f"{HARNESS}.") for name in names)


class _Unbounded(ast.NodeTransformer):
    """A setting's type without the bounds of its list's entries."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self.visit(node.args[0]) if _calls(node, "bounded") and node.args else node


def _calls(node: ast.AST | None, name: str) -> bool:
    """Whether a node calls a function of the steps' harness, by its own name or as `step.name`."""
    if not isinstance(node, ast.Call):
        return False
    return ast.unparse(node.func) in (name, f"step.{name}")


def is_text(node: ast.AST) -> bool:
    """Whether a statement is a bare string."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
