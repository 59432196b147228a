"""Attention is written by hand: read from the source and from the operators that ran."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from groundwork.transformer import checks, model
from groundwork.transformer.reference import ReferenceGPT
from groundwork_harness.pipeline import closure

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


@pytest.mark.parametrize(
    "name", ["model", "generation", "evaluation", "training", "io", "analysis"]
)
def test_no_import_leads_to_the_reference(name: str) -> None:
    reached = closure.of(ROOM / f"{name}.py").modules
    assert "groundwork.transformer.model" in reached
    assert "groundwork.transformer.reference" not in reached


@pytest.mark.parametrize(
    "line",
    ["x = F.scaled_dot_product_attention(q, k, v)", "from torch.nn import MultiheadAttention as M",
     "layer = torch.nn.Transformer()", "f = getattr(F, 'scaled_dot_product_attention')"],
)  # fmt: skip
def test_the_source_reader_sees_each_way_of_naming_it(line: str) -> None:
    assert forbidden_names(line)


IDS = torch.randint(11, (2, 8), generator=torch.Generator().manual_seed(0))


def test_the_executed_graph_holds_no_ready_made_attention() -> None:
    ran = checks.executed(model.GPT(SMALL), IDS)
    assert checks.ready_made(ran) == set()
    assert any("softmax" in name for name in ran)
    assert any("view_as_complex" in name for name in ran)


class Planted(nn.Module):
    """Token vectors mixed by one piece of ready-made attention."""

    def __init__(self, mix: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.embedding, self.mix = nn.Embedding(11, 24), mix

    def forward(self, ids: Tensor) -> Tensor:
        return self.mix(self.embedding(ids))


SDPA = nn.functional.scaled_dot_product_attention
LAYER = nn.MultiheadAttention(24, 3, batch_first=True)
READY_MADE: dict[str, Callable[[Tensor], Tensor]] = {
    "fused": lambda x: SDPA(x, x, x, is_causal=True),
    "run as plain products": lambda x: SDPA(x, x, x, attn_mask=torch.zeros(8, 8)),
    "layer with weights": lambda x: LAYER(x, x, x)[0],
    "layer without weights": lambda x: LAYER(x, x, x, need_weights=False)[0],
    "encoder": nn.TransformerEncoderLayer(24, 3, batch_first=True),
    "decoder": lambda x: nn.TransformerDecoderLayer(24, 3, batch_first=True)(x, x),
}


@pytest.mark.parametrize("name", READY_MADE)
def test_the_graph_reader_sees_every_kind_of_ready_made_attention(name: str) -> None:
    assert checks.ready_made(checks.executed(Planted(READY_MADE[name]), IDS))


def test_the_graph_reader_sees_the_ready_made_twin() -> None:
    assert checks.ready_made(checks.executed(ReferenceGPT(SMALL), IDS))
