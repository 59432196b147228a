"""Data parallelism from messages up: collectives, buckets, ZeRO, cost, failures."""

from groundwork.core.models import torch  # noqa: F401  (first: says what brings it)
from groundwork.data_parallel.buckets import DataParallel
from groundwork.data_parallel.collectives import (
    recursive_doubling_all_reduce,
    ring_all_reduce,
    tree_all_reduce,
)
from groundwork.data_parallel.cost import all_reduce_time
from groundwork.data_parallel.launch import RankError, launch
from groundwork.data_parallel.sharded import AdamWConfig, ZeroOptimizer
from groundwork.data_parallel.training import TrainSettings, train

__all__ = [
    "AdamWConfig",
    "DataParallel",
    "RankError",
    "TrainSettings",
    "ZeroOptimizer",
    "all_reduce_time",
    "launch",
    "recursive_doubling_all_reduce",
    "ring_all_reduce",
    "train",
    "tree_all_reduce",
]
