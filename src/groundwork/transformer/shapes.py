"""A walk through one forward pass that notes the shape after every stage."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from groundwork.transformer.model import (
    GELU,
    GPT,
    Block,
    SwiGLU,
    attention_weights,
    causal_mask,
    rotate,
)


@dataclass(frozen=True)
class Stage:
    """One stage: what happens, its shape in letters, its shape in numbers."""

    stage: str
    letters: str
    shape: tuple[int, ...]


@torch.no_grad()
def walk(model: GPT, ids: Tensor) -> tuple[list[Stage], Tensor]:
    """Every stage of the forward pass (the first block in detail), and the logits it ends with.

    Takes the model's own weights through the model's own functions, one line a stage.
    Shapes: ids (B, T); the logits (B, T, V).
    Checked by: tests/transformer/test_shapes.py (the logits are the model's, bit for bit).
    """
    stages: list[Stage] = []

    def note(stage: str, letters: str, value: Tensor) -> Tensor:
        stages.append(Stage(stage, letters, tuple(value.shape)))
        return value

    blocks = [cast(Block, block) for block in model.eval().blocks]
    block = blocks[0]
    attention = block.attention
    note("indices", "B, T", ids)
    x = note("embedding", "B, T, C", model.embedding(ids))
    wide = torch.complex128 if x.dtype == torch.float64 else torch.complex64
    rotation = note("rotations (complex)", "T, D/2", model.rotation[: ids.shape[1]].to(wide))
    mask = note("causal mask", "T, T", causal_mask(ids.shape[1], ids.shape[1], ids.device))
    normed = note("norm", "B, T, C", block.attention_norm(x))
    qkv = note("query, key, value together", "B, T, 3C", attention.qkv(normed))
    parts = [p.unflatten(-1, (attention.heads, -1)).transpose(1, 2) for p in qkv.chunk(3, dim=-1)]
    query, key, value = parts
    note("query split into heads", "B, H, T, D", query)
    query, key = rotate(query, rotation), rotate(key, rotation)
    note("query and key rotated", "B, H, T, D", query)
    weights = note("attention weights", "B, H, T, T", attention_weights(query, key, mask))
    mixed = note("weighted values", "B, H, T, D", weights @ value)
    merged = note("heads merged", "B, T, C", mixed.transpose(1, 2).flatten(-2))
    x = note("added to the stream", "B, T, C", x + attention.out(merged))
    normed = block.ffn_norm(x)
    ffn = cast(SwiGLU | GELU, block.ffn)
    width = "2F" if model.config.ffn == "swiglu" else "F"
    note("feed-forward, inside", f"B, T, {width}", ffn.up(normed))
    x = note("added to the stream", "B, T, C", x + ffn(normed))
    for later in blocks[1:]:
        x = later(x, rotation, mask)
    note(f"after all {model.config.layers} blocks", "B, T, C", x)
    return stages, note("logits", "B, T, V", model.head(model.norm(x)))
