"""Assignment 2.2: the matrix product from the triple loop to packed register tiles, in C++."""

from groundwork.matmul.door import isa, isas, matmul, register_tile, use_isa, variants
from groundwork.matmul.machine import (
    block_speed,
    cache_sizes,
    fma_peak,
    load_latency,
    read_bandwidth,
)
from groundwork.matmul.theory import best_tile, intensity, misses_per_flop, packed_blocks

__all__ = [
    "best_tile",
    "block_speed",
    "cache_sizes",
    "fma_peak",
    "intensity",
    "isa",
    "isas",
    "load_latency",
    "matmul",
    "misses_per_flop",
    "packed_blocks",
    "read_bandwidth",
    "register_tile",
    "use_isa",
    "variants",
]
