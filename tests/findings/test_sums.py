"""Which sums of ranks round where, and what a sum to one rank leaves on the others.

gloo (torch 2.13) rounds at each hop in the tensor's own type, so equal inputs may have two sums
within one tensor; what replicas need is that all ranks see the same.
"""

import torch
import torch.distributed as dist

from groundwork.data_parallel import launch, ring_all_reduce
from groundwork.data_parallel.sharded import all_gather

# The first number whose successor the type lacks: adding 1 twice may be lost, adding 2 may not.
EDGES = {torch.float16: 2048.0, torch.bfloat16: 256.0}


def half_sums(rank, _ranks):
    """Sums of edge + 1 + 1 by gloo in both half precisions, in float32, and by our ring."""
    found = {}
    for dtype, edge in EDGES.items():
        x = torch.full((96,), edge if rank == 0 else 1.0, dtype=dtype)
        wide, ring = x.float(), x.clone()
        dist.all_reduce(x)
        dist.all_reduce(wide)
        found |= {f"gloo {dtype}": x.tolist(), f"wide {dtype}": wide.tolist()}
        if dtype is torch.bfloat16:
            ring_all_reduce(ring)
            found["ring"] = ring.tolist()
    return found


def test_half_precision_sums_round_at_each_hop_and_agree_on_all_ranks():
    first, *others = launch(half_sums, 3)
    assert all(other == first for other in others)
    for dtype, edge in EDGES.items():
        assert set(first[f"gloo {dtype}"]) == {
            edge,
            edge + 2,
        }  # by the rank that a stretch starts at
        assert set(first[f"wide {dtype}"]) == {edge + 2}
    assert set(first["ring"]) <= {256.0, 258.0}


def reduced(rank, ranks):
    """What each rank holds after a sum to rank 0, and after one whose other parts are dropped."""
    x = torch.arange(6.0) + rank
    dist.reduce(x, 0)
    part, whole = torch.full((2,), float(rank)), torch.empty(2 * ranks)
    all_gather(whole, part, None)
    return x.tolist(), whole.tolist()


def test_a_sum_to_one_rank_is_whole_there_and_unusable_on_the_others():
    """Sharded training drops what it sent (`sharded.py`): it would be partial sums."""
    (whole, gathered), (partial, _) = launch(reduced, 2)
    assert whole == [2.0 * i + 1 for i in range(6)]
    assert partial != [i + 1.0 for i in range(6)]
    assert gathered == [0.0, 0.0, 1.0, 1.0]
