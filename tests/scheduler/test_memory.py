"""Peaks against sums over live intervals; packed addresses; in-place buffers."""

import numpy as np

from groundwork.scheduler import Graph, live_intervals, memory_profile, peak_memory, schedule
from groundwork.scheduler.arena import pack
from groundwork.scheduler.families import generate
from groundwork.scheduler.fusion import in_place
from groundwork.scheduler.samples import small


def test_peak_is_the_largest_sum_over_live_intervals() -> None:
    for k in range(150):
        graph = small(np.random.default_rng(k), 12)
        found = schedule(graph, "random", seed=k)
        usage = np.zeros(len(graph), np.int64)
        for name, (birth, death) in live_intervals(graph, found.order).items():
            v = graph.ids.index(name)
            usage[birth:death] += graph.sizes[v]
            usage[birth:] += graph.helds[v]
        usage += graph.workspaces[found.indices]
        assert usage.tolist() == memory_profile(graph, found.order)[0].tolist()
        assert usage.max() == found.peak


def test_intervals_by_hand() -> None:
    graph = Graph.from_dict(
        {
            "nodes": [
                {"id": "x", "size": 8},
                {"id": "h", "size": 4, "inputs": ["x"]},
                {"id": "k", "size": 2, "inputs": ["x"], "keep": True},
                {"id": "y", "size": 1, "inputs": ["h", "k"]},
            ]
        }
    )
    spans = live_intervals(graph, ["x", "h", "k", "y"])
    assert spans == {"x": (0, 3), "h": (1, 4), "k": (2, 4), "y": (3, 4)}
    during, after = memory_profile(graph, ["x", "h", "k", "y"])
    assert during.tolist() == [8, 12, 14, 7]
    assert after.tolist() == [8, 12, 6, 3]


def test_a_value_with_two_consumers_dies_after_the_later_one() -> None:
    nodes = [{"id": "a", "size": 5}, {"id": "b", "size": 1, "inputs": ["a"]}]
    nodes.append({"id": "c", "size": 1, "inputs": ["a", "a"]})
    graph = Graph.from_dict({"nodes": nodes})
    assert live_intervals(graph, ["a", "b", "c"])["a"] == (0, 3)
    assert live_intervals(graph, ["a", "c", "b"])["a"] == (0, 3)


def test_packed_values_never_overlap_and_fit_little_above_the_peak() -> None:
    for family in ("layered", "in-forest", "local window"):
        graph = generate(family, 150, np.random.default_rng(0))
        found = schedule(graph, "best")
        address, arena = pack(graph, found.order)
        spans = np.array(list(live_intervals(graph, found.order).values()))
        for a in range(len(graph)):
            for b in range(a):
                in_time = spans[a, 0] < spans[b, 1] and spans[b, 0] < spans[a, 1]
                in_space = (
                    address[a] < address[b] + graph.sizes[b]
                    and address[b] < address[a] + graph.sizes[a]
                )
                assert not (in_time and in_space)
        assert found.peak <= arena <= 1.5 * found.peak


def test_in_place_never_takes_more_at_any_step() -> None:
    rng = np.random.default_rng(0)
    shrunk = 0
    for k in range(60):
        plain = small(np.random.default_rng(k), 12)
        graph = Graph.from_arrays(
            plain.offsets, plain.inputs, plain.sizes, ops=["aten.relu.default"] * len(plain)
        )
        order = schedule(graph, "random", seed=int(rng.integers(99))).indices
        before, after = memory_profile(graph, order), memory_profile(in_place(graph), order)
        assert (after[0] <= before[0]).all()
        assert (after[1] == before[1]).all()
        shrunk += int(peak_memory(in_place(graph), order) < peak_memory(graph, order))
    assert shrunk > 0
