"""Kept bytes, on a graph whose kept tensors can be listed by hand."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from groundwork.transformer.memory import kept_for_backward
from groundwork.transformer.model import GPT
from groundwork.transformer.reference import ReferenceGPT

from .conftest import SMALL


class Sigmoids(nn.Module):
    """Keeps its weight (not counted) and, per sigmoid, the output."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(5))

    def forward(self, ids: Tensor) -> Tensor:
        return (self.weight * ids).sigmoid().sigmoid()


def test_bytes_are_those_of_the_tensors_that_backward_needs() -> None:
    """ids (8 bytes each, for the product), two outputs of 4 bytes each; the last one is both the
    sigmoid's output and what the square keeps, in one storage."""
    ids = torch.arange(15).view(3, 5)
    assert kept_for_backward(Sigmoids(), ids) == 15 * 8 + 2 * 15 * 4


def test_handmade_attention_keeps_more_than_a_fused_one() -> None:
    """Scores and weights of T × T per head, which the ready-made kernel recomputes."""
    sizes = replace(SMALL, context=128)
    ids = torch.zeros(4, 128, dtype=torch.long)
    ours, twin = (kept_for_backward(kind(sizes), ids) for kind in (GPT, ReferenceGPT))
    scores = 4 * 3 * 128 * 128 * 4  # bytes of one layer's attention weights in float32
    assert ours - twin > scores  # two layers of them, less what the twin's own steps keep
