"""ZeRO-1 and ZeRO-2: the unsharded run's weights, the bytes that are held, torch's own sharding."""

from functools import cache

import pytest
from data_parallel import ranks

from groundwork.data_parallel import TrainSettings, launch
from groundwork.data_parallel.memory import model_state_bytes
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import largest_difference, train_all

STUDENT = StudentConfig(features=12, hidden=17, classes=5)  # entries do not divide by 2 or 3
SIZES = [24, 24, 24, 24]


def settings(method, steps=100, **options):
    options = {"batch": 30, "dtype": "float64", "optimizer": "adamw", **options}
    rate = {"learning_rate": 1e-3, "bucket_bytes": 1000}
    return TrainSettings(method=method, steps=steps, student=STUDENT, **rate, **options)


@cache
def runs(world):
    methods = ("all_reduce", "zero0", "zero1", "zero2")
    jobs = [settings(m) for m in methods] + [settings("zero2", accumulation=3)]
    found = launch(train_all, world, (jobs,))
    return dict(zip([*methods, "accumulated"], found[0], strict=True))


@pytest.mark.parametrize("world", [2, 3])
def test_sharded_weights_are_the_unsharded_ones(world):
    found = runs(world)
    for method in ("zero0", "zero1", "zero2", "accumulated"):
        assert len(set(found[method].digests)) == 1
        difference = largest_difference(found[method].weights, found["all_reduce"].weights)
        # Two ranks add two numbers, in either order; three round in the order that they take.
        # AdamW divides by the root of v, so a rounding of a tiny gradient is enlarged.
        exact = world == 2 and method in ("zero0", "zero1")
        assert difference <= (1e-15 if exact else 1e-9), method


@cache
def held(world, mixed):
    return launch(ranks.held, world, (SIZES, mixed))


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("world", [1, 3])
def test_held_bytes_are_the_predicted_ones(world, mixed):
    parameters = sum(n * n for n in SIZES)
    assert parameters % world == 0
    for found in held(world, mixed):
        for stage, (counted, most, _) in found.items():
            assert counted == model_state_bytes(parameters, world, stage, mixed=mixed)
            if stage == 2 and world > 1:
                whole = model_state_bytes(parameters, world, 0, mixed=mixed)["gradients"]
                assert counted["gradients"] < most
                bucket = 24 * 24 * (2 if mixed else 4)
                assert most <= counted["gradients"] + 3 * bucket, "gradients were not freed"
                assert whole > counted["gradients"]


def test_sixteen_bytes_a_parameter():
    assert sum(model_state_bytes(7, 1, 0).values()) == 16 * 7
    assert sum(model_state_bytes(8, 4, 1).values()) == 8 * (4 + 12 / 4)
    assert sum(model_state_bytes(8, 4, 2).values()) == 8 * (2 + 14 / 4)


def test_mixed_precision_leaves_all_ranks_equal():
    for stage in (0, 1, 2):
        assert len({found[stage][2] for found in held(3, True)}) == 1


def test_torch_shards_to_the_same_weights():
    assert max(launch(ranks.sharded_like_torch, 2, (30,))) < 1e-10
