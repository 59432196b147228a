"""Attention is written by hand: read from the source and from the operators that ran."""

import ast
from pathlib import Path

import pytest
import torch

from groundwork.transformer import checks, model
from groundwork.transformer.reference import ReferenceGPT

from .conftest import SMALL

ROOM = Path(model.__file__).parent
FORBIDDEN = {
    "Transformer", "TransformerEncoder", "TransformerEncoderLayer", "TransformerDecoder",
    "TransformerDecoderLayer", "MultiheadAttention", "scaled_dot_product_attention",
    "multi_head_attention_forward", "flex_attention",
}  # fmt: skip


def forbidden_names(source: str) -> set[str]:
    """Ready-made attention that a module's code names (comments and docstrings do not count)."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)  # getattr(F, "scaled_…")
    return names & FORBIDDEN


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_but_the_reference_names_ready_made_attention(path: Path) -> None:
    found = forbidden_names(path.read_text(encoding="utf-8"))
    assert found == ({"scaled_dot_product_attention"} if path.stem == "reference" else set())


def test_the_model_reaches_the_reference_by_no_import() -> None:
    for name in ("model", "generation", "evaluation", "training", "data", "io", "analysis"):
        tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not any(module and module.endswith("reference") for module in imported), name


@pytest.mark.parametrize(
    "line",
    ["x = F.scaled_dot_product_attention(q, k, v)", "from torch.nn import MultiheadAttention as M",
     "layer = torch.nn.Transformer()", "f = getattr(F, 'scaled_dot_product_attention')"],
)  # fmt: skip
def test_the_source_reader_sees_each_way_of_naming_it(line: str) -> None:
    assert forbidden_names(line)


def test_the_executed_graph_holds_no_ready_made_attention() -> None:
    ids = torch.randint(11, (2, 8), generator=torch.Generator().manual_seed(0))
    operators = checks.executed_operators(model.GPT(SMALL), ids)
    assert checks.ready_made(operators) == set()
    assert any("softmax" in name for name in operators)
    assert any("view_as_complex" in name for name in operators)


def test_the_graph_reader_sees_the_ready_made_twin() -> None:
    ids = torch.randint(11, (2, 8), generator=torch.Generator().manual_seed(0))
    assert checks.ready_made(checks.executed_operators(ReferenceGPT(SMALL), ids))
