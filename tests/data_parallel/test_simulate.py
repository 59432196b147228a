"""Rounds as arrays against single events; hierarchies against their closed form; stragglers."""

import numpy as np
import pytest

from groundwork.data_parallel import cost, simulate
from groundwork.data_parallel.cost import Link

FAST, SLOW = Link(3e11, 3e-6), Link(5e10, 1e-5)
SHAPES = [(1, 8), (2, 8), (4, 8), (3, 2), (5, 3), (8, 1)]


def starts(count, spread):
    return np.random.default_rng(count).random(count) * spread


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1e3, 1e6, 1e9])
def test_a_hierarchy_is_its_closed_form_and_its_events(shape, size):
    nodes, g = shape
    network = simulate.Network(simulate.node_links(FAST, SLOW, g))
    programs = [simulate.hierarchical_program(r, nodes, g, size) for r in range(nodes * g)]
    events = network.run(programs)
    assert network.messages == nodes * g * (2 * (g - 1) + 2 * (nodes - 1))
    assert events.max() == pytest.approx(
        cost.hierarchical_time(size, FAST, SLOW, nodes, g), rel=1e-9
    )
    rounds = simulate.hierarchical_finish(np.zeros(shape), size, FAST, SLOW)
    assert rounds.max() == pytest.approx(events.max(), rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_late_ranks_in_a_hierarchy(shape):
    begin = starts(shape[0] * shape[1], 1e-4)  # less than one round of these messages
    network = simulate.Network(simulate.node_links(FAST, SLOW, shape[1]))
    programs = [simulate.hierarchical_program(r, *shape, 1e9) for r in range(len(begin))]
    events = network.run(programs, begin)
    rounds = simulate.hierarchical_finish(begin.reshape(shape), 1e9, FAST, SLOW)
    np.testing.assert_allclose(rounds.ravel(), events, rtol=1e-9)


@pytest.mark.parametrize("ranks", [2, 3, 8, 13])
@pytest.mark.parametrize("spread", [0, 1e-5, 1.0])
def test_a_ring_of_late_ranks(ranks, spread):
    begin = starts(ranks, spread)
    programs = [simulate.ring_program(r, ranks, 1e6) for r in range(ranks)]
    events = simulate.Network(simulate.own_links(FAST)).run(programs, begin)
    np.testing.assert_allclose(simulate.ring_finish(begin, 1e6, FAST), events, rtol=1e-9)


@pytest.mark.parametrize("shape", [(2, 4), (3, 3), (4, 8)])
def test_a_ring_along_nodes(shape):
    begin = starts(shape[0] * shape[1], 1e-4)
    programs = [simulate.ring_program(r, len(begin), 1e7) for r in range(len(begin))]
    events = simulate.Network(simulate.node_links(FAST, SLOW, shape[1])).run(programs, begin)
    found = simulate.node_ring_finish(begin, 1e7, FAST, SLOW, shape[1])
    np.testing.assert_allclose(found, events, rtol=1e-9)


def test_one_straggler_delays_everybody():
    begin = np.zeros(16)
    begin[5] = 0.5
    end = simulate.ring_finish(begin, 1e6, FAST)
    alone = cost.all_reduce_time(1e6, FAST.bandwidth, FAST.latency, 16)
    assert end.max() == pytest.approx(0.5 + alone, rel=1e-9)
    assert end.min() > 0.5


def test_messages_share_a_link_one_after_another():
    link = Link(100.0, 1.0)
    network = simulate.Network(lambda *_: ("one", link))

    def sender(to):
        yield "send", to, 100.0

    def receiver(source):
        yield "receive", source, 0.0

    ends = network.run([sender(2), sender(3), receiver(0), receiver(1)])
    assert ends.tolist() == [0, 0, 2, 3]


def test_a_message_that_nobody_sends_is_named():
    def waiting():
        yield "receive", 1, 0.0

    with pytest.raises(ValueError, match="nobody sends: 0 for 1"):
        simulate.Network(simulate.own_links(FAST)).run([waiting(), iter(())])


def test_buckets_follow_each_other():
    ready = np.array([[1.0, 2.0], [2.5, 2.5], [9.0, 9.0]])
    done = simulate.overlapped(ready, lambda begin: np.full(2, begin.max() + 1))
    assert done.tolist() == [10, 10]
    assert simulate.overlapped(ready[:2], lambda b: np.full(2, b.max() + 1)).tolist() == [4, 4]
