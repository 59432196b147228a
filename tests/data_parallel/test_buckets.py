"""Buckets: their order and sizes, gradients equal to DistributedDataParallel's bit for bit."""

import pytest
import torch
from data_parallel import ranks
from torch import nn

from groundwork.data_parallel import launch
from groundwork.data_parallel.buckets import Gatherer, fill_buckets


def parameters(*sizes):
    return [nn.Parameter(torch.ones(size)) for size in sizes]


def test_buckets_run_backwards_and_are_full():
    made = parameters(10, 20, 30, 40)
    buckets = fill_buckets(made, 4 * 50)
    assert [[p.numel() for p in b.parameters] for b in buckets] == [[40, 30], [20, 10]]
    assert [(b.start, b.stop) for b in buckets] == [(0, 70), (70, 100)]
    assert len(fill_buckets(made, 1)) == 4
    assert len(fill_buckets(made, 10**9)) == 1
    with pytest.raises(ValueError, match="at least 1 byte"):
        fill_buckets(made, 0)


def test_buckets_are_reported_in_order_whatever_order_gradients_come_in():
    made = parameters(3, 3, 3)
    reported = []
    gatherer = Gatherer(fill_buckets(made, 1), lambda bucket: reported.append(bucket.index))
    made[0].sum().backward()  # the parameter of the last bucket comes first
    assert reported == []
    made[2].sum().backward()
    assert reported == [0]
    gatherer.complete()
    assert reported == [0, 1, 2]
    gatherer.remove()
    made[1].sum().backward()
    assert reported == [0, 1, 2]


@pytest.mark.parametrize("bucket_bytes", [1, 5000, 10**8])
def test_gradients_are_those_of_distributed_data_parallel(bucket_bytes):
    for equal, unused, stale, events, buckets in launch(ranks.gradients, 2, (bucket_bytes,)):
        assert equal
        assert unused == 0  # a parameter without a gradient travels as zeros
        assert "zero_grad" in stale
        assert events.count("backward") == 1
        assert buckets == {1: 8, 5000: 2, 10**8: 1}[bucket_bytes]
        assert sorted(e for e in events if e != "backward") == [
            f"bucket {i}" for i in range(buckets)
        ]
