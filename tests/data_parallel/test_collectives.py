"""Own all-reduces against a float64 sum: any length, three dtypes, bits equal on every rank."""

import pytest
import torch
from data_parallel import ranks

from groundwork.data_parallel import checks, launch, ring_all_reduce
from groundwork.data_parallel.collectives import chunk_slice


@pytest.mark.parametrize("world", [2, 3, 4])
def test_every_length_and_dtype(world):
    lengths = [*range(3 * world + 1), 1001]
    found = launch(checks.reduced, world, (lengths,))
    assert {one.dtype for one in found[0]} == {"float32", "float64", "bfloat16"}
    for one in found[0]:
        assert one.error <= world / 2, one  # half a unit an addition
    unequal = {one.algorithm for one in found[0] if not one.equal}
    assert unequal == ({"direct"} if world > 2 else set())


def test_five_ranks_fold_into_four():
    for one in launch(checks.reduced, 5, ([1, 7],))[0]:
        assert one.error <= 2.5, one
        assert one.equal or one.algorithm == "direct"


def test_messages_shorter_than_a_chunk():
    assert max(launch(ranks.segmented, 3, (1000, 64))) == 0
    assert max(launch(ranks.segmented, 2, (1000, 1))) == 0  # less than one entry: one entry each


def test_a_group_within_the_world():
    assert len(launch(ranks.in_subgroup, 3)) == 3


def test_what_cannot_be_reduced_is_refused():
    words = launch(ranks.refused, 1)[0]
    assert len(words) == 8
    assert all("contiguous" in w for w in words[:4])
    assert all("torch.int64" in w for w in words[4:])


def test_chunks_cover_everything_once():
    for length in range(40):
        for parts in range(1, 9):
            chunks = [chunk_slice(length, parts, i) for i in range(parts)]
            assert [i for c in chunks for i in range(length)[c]] == list(range(length))
            sizes = [c.stop - c.start for c in chunks]
            assert max(sizes) - min(sizes) <= 1
            assert max(sizes) == sizes[0]


def test_the_public_name_needs_a_group():
    with pytest.raises(ValueError, match="process group"):
        ring_all_reduce(torch.ones(3))
