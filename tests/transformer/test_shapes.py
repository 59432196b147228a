"""The walk's shapes belong to the model: its logits are the model's own."""

from dataclasses import replace

import pytest
import torch

from groundwork.transformer.checks import random_ids
from groundwork.transformer.model import GPT
from groundwork.transformer.shapes import walk

from .conftest import SMALL


@pytest.mark.parametrize("ffn", ["swiglu", "gelu"])
def test_walk_ends_in_the_models_logits_and_names_every_axis(ffn: str) -> None:
    model = GPT(replace(SMALL, ffn=ffn)).eval()
    ids = random_ids(model, 2, 7, 0)
    stages, logits = walk(model, ids)
    assert torch.equal(logits, model(ids))
    sizes = {"B": 2, "T": 7, "C": 24, "3C": 72, "H": 3, "D": 8, "D/2": 4, "V": 11, "F": 20,
             "2F": 40}  # fmt: skip
    for stage in stages:
        assert stage.shape == tuple(sizes[letter] for letter in stage.letters.split(", ")), stage
