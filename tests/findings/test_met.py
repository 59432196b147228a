"""Where a surprise touches this project: strided weights, NaN on one rank, files that change places."""

import math

import pytest
import torch
from torch import nn

from groundwork.core.provenance import ROOT
from groundwork.data_parallel import launch
from groundwork.data_parallel.training import spread
from groundwork_harness.pipeline.context import Context


def distance(rank, _ranks, kind):
    model = nn.Linear(2, 3, bias=False)
    values = torch.arange(6.0).reshape(3, 2)
    if kind == "strided":
        values = values if rank else values.T.contiguous().T  # equal numbers, another order
    if kind == "nan" and rank == 1:
        values[0, 0] = math.nan
    model.weight = nn.Parameter(values)
    return spread(model)


def test_equal_weights_in_another_memory_order_are_equal():
    assert launch(distance, 2, ("strided",)) == [0.0, 0.0]


@pytest.mark.parametrize("ranks", [2, 3])
def test_nan_on_one_rank_is_seen_on_all(ranks):
    assert all(map(math.isnan, launch(distance, ranks, ("nan",))))


def test_files_that_change_places_change_a_steps_command():
    """Snakemake compares values and files without their names, so the names stand in a value."""
    there = Context.options({"left": "a.csv", "right": "b.csv"}, {"json": "c.json"})
    back = Context.options({"left": "b.csv", "right": "a.csv"}, {"json": "c.json"})
    assert there == "--left a.csv --right b.csv --json c.json"
    assert back != there
    rule = (ROOT / "rules" / "step.smk").read_text(encoding="utf-8")
    assert "files=lambda wildcards, input, output: CONTEXT.options(input, output)" in rule
