"""Disk: records of what a GPU measured, with a digest of the code that they rest on.

Only the standard library is used, since a rented GPU machine may hold nothing but PyTorch.
"""

import ast
import hashlib
import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MEASURED = ("arguments", "backend", "flash_attention", "flash_backward", "launch", "layer_norm",
            "measure", "outputs", "softmax")  # fmt: skip


def code() -> str:
    """A digest of what a measurement rests on: kernels, wrappers and timing, their looks aside."""
    hashed = hashlib.sha256()
    for name in MEASURED:
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and _is_text(body[0]):
                body[:] = body[1:] or [ast.Pass()]
            for name in [name for name, value in ast.iter_fields(node) if value == []]:
                delattr(node, name)  # versions of Python differ in which empty fields they have
        hashed.update(ast.dump(tree).encode())
    return hashed.hexdigest()[:16]


def _is_text(node: Any) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def write(path: Path, text: str) -> None:
    """Write `text` under a temporary name, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".partial.{path.name}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def read_record(path: Path) -> dict[str, Any]:
    """A record of the recorder: claims, provenance, tables.

    Raises `ValueError` naming the file where it is none.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is no JSON ({problem})") from None
    if not isinstance(record, dict) or not {"claims", "provenance", "tables"} <= set(record):
        raise ValueError(f"{path} is no record of workflow/record/gpu_kernels.py")
    return record
