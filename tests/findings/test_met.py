"""Where a surprise touches this project: strided weights and NaN in the distance of replicas."""

import math

import pytest
import torch
from torch import nn

from groundwork.data_parallel import launch
from groundwork.data_parallel.training import spread


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
