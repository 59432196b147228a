"""Ranks against each other (to the bit) and against one process on the whole batch."""

from dataclasses import replace
from functools import cache

import pytest

from groundwork.data_parallel import TrainSettings, launch, train
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import largest_difference, train_all

PLAIN = StudentConfig(features=12, hidden=16, classes=5)
HARD = StudentConfig(features=12, hidden=16, classes=5, unlabelled=0.4, dropout=0.3)
WHOLE = StudentConfig(features=12, hidden=16, classes=5, norm="whole", unlabelled=0.4)
LOCAL = StudentConfig(features=12, hidden=16, classes=5, norm="local")


def settings(student=PLAIN, **options):
    return TrainSettings(**{"batch": 33, "dtype": "float64", **options}, student=student)


JOBS = {
    "hundred": settings(batch=32),
    "single": settings(batch=32, dtype="float32"),
    "unequal": settings(HARD, steps=20),
    "accumulated": settings(HARD, steps=20, accumulation=4),
    "buckets": settings(HARD, steps=20, method="buckets", accumulation=2, bucket_bytes=500),
    "one bucket": settings(HARD, steps=20, method="buckets", bucket_bytes=10**6),
    "whole norm": settings(WHOLE, steps=20),
    "fewer rows than ranks": settings(PLAIN, batch=2, steps=5),
    "local norm": settings(LOCAL, steps=20),
    "drifting": settings(steps=20, method="none", record_every=5),
}
DIFFER = {"local norm", "drifting"}


@cache
def alone():
    jobs = {name: replace(job, method="all_reduce", record_every=0) for name, job in JOBS.items()}
    return {name: train(0, 1, job) for name, job in jobs.items()}


@cache
def together(world):
    found = launch(train_all, world, (list(JOBS.values()),))
    return {name: [rank[i] for rank in found] for i, name in enumerate(JOBS)}


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("name", [n for n in JOBS if n not in DIFFER])
def test_all_ranks_hold_the_bits_of_one_model(world, name):
    found = together(world)[name]
    assert len({digest for one in found for digest in one.digests}) == 1
    assert len(found[0].digests) == world


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("name", [n for n in JOBS if n not in DIFFER])
def test_and_it_is_the_model_of_one_process(world, name):
    """thm-sum: unequal shards too."""
    bound = 1e-5 if name == "single" else 1e-12
    one, many = alone()[name], together(world)[name][0]
    assert largest_difference(many.weights, one.weights) < bound
    assert many.losses == pytest.approx(one.losses, rel=bound)
    assert len(set(one.losses)) == JOBS[name].steps


def test_the_order_of_sums_shows_in_the_bits():
    assert largest_difference(together(2)["single"][0].weights, alone()["single"].weights) > 0


def test_methods_agree():
    found = together(2)
    pair = (found["accumulated"][0].weights, found["one bucket"][0].weights)
    assert largest_difference(*pair) < 1e-12


def test_without_an_all_reduce_ranks_drift():
    found = together(2)["drifting"][0]
    assert len(set(found.digests)) == 2
    steps, distances = zip(*found.drift, strict=True)
    assert steps == (5, 10, 15, 20)
    assert distances[-1] > distances[0] > 1e-3


def test_local_batch_norm_is_another_function_and_its_statistics_differ():
    found = together(2)["local norm"]
    assert len(set(found[0].digests)) == 2
    weights = found[0].weights
    moved = {name: weights[name] for name in weights if "running" not in name}
    single = {name: alone()["local norm"].weights[name] for name in moved}
    assert largest_difference(moved, single) > 1e-3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"method": "gossip"}, "none of all_reduce"),
        ({"method": "zero1"}, "set optimizer to adamw"),
        ({"checkpoint": "x"}, "zero methods"),
        ({"dtype": "int8"}, "none of float32"),
    ],
)
def test_bad_settings_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        TrainSettings(**wrong)


def test_buckets_alone_say_what_to_do():
    with pytest.raises(ValueError, match=r"needs ranks that have joined.*launch"):
        train(0, 1, settings(method="buckets"))
