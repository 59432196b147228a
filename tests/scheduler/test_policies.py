"""Every policy against every set of finished nodes; the theorems; planted faults go red."""

import networkx as nx
import numpy as np
import pytest

from groundwork.scheduler import (
    Graph,
    lower_bound,
    native,
    peak_memory,
    schedule,
    topological_order,
)
from groundwork.scheduler.families import FAMILIES, generate
from groundwork.scheduler.oracle import Oracle
from groundwork.scheduler.policies import HEURISTICS, POLICIES, TIES
from groundwork.scheduler.samples import small

GRAPHS = [small(np.random.default_rng(k)) for k in range(120)]


def largest_error(graphs: list[Graph]) -> int:
    """Largest fault over policies: a wrong peak, a wrong optimum, a bound above the truth."""
    worst = 0
    for graph in graphs:
        oracle = Oracle(graph)
        least = oracle.least_peak()
        for policy in POLICIES:
            found = schedule(graph, policy)
            truth = oracle.peak(found.indices.tolist())
            worst = max(worst, abs(found.peak - truth), found.lower_bound - least)
            if found.optimal or policy in ("exact", "serenity"):
                worst = max(worst, abs(truth - least))
    return worst


def test_policies_against_all_sets() -> None:
    assert largest_error(GRAPHS) == 0


def test_the_oracle_itself_against_all_orders() -> None:
    for graph in [small(np.random.default_rng(k), 6) for k in range(40)]:
        oracle = Oracle(graph)
        assert oracle.least_peak() == min(map(oracle.peak, oracle.orders()))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_families_at_twelve_nodes(family: str) -> None:
    assert largest_error([generate(family, 12, np.random.default_rng(5))]) == 0


@pytest.mark.parametrize("family", list(FAMILIES))
def test_exact_proves_fifty_nodes_and_best_is_within_one_percent(family: str) -> None:
    gaps = []
    for k in range(3):
        graph = generate(family, 50, np.random.default_rng(k))
        exact, best = schedule(graph, "exact", time_limit=10), schedule(graph, "best")
        assert exact.optimal
        assert exact.lower_bound == exact.peak
        gaps.append(best.peak / exact.peak)
        assert all(best.peak <= schedule(graph, p).peak for p in HEURISTICS)
        assert all(
            best.peak <= schedule(graph, rule, ties=ties).peak
            for rule in ("greedy-free", "greedy-grow")
            for ties in TIES
        )
    assert np.mean(gaps) <= 1.01


def test_serenity_and_exact_prove_the_same() -> None:
    for family in FAMILIES:
        graph = generate(family, 20, np.random.default_rng(1))
        theirs, ours = schedule(graph, "serenity"), schedule(graph, "exact")
        assert theirs.optimal
        assert theirs.peak == ours.peak


def test_exact_is_honest_when_it_may_remember_nothing() -> None:
    graphs = [generate("sparse random", 80, np.random.default_rng(k)) for k in range(6)]
    found = [schedule(graph, "exact", states=1) for graph in graphs]
    assert not all(result.optimal for result in found)
    for graph, result in zip(graphs, found, strict=True):
        truth = schedule(graph, "exact")
        assert result.lower_bound <= truth.peak <= result.peak
        assert not result.optimal or result.peak == truth.peak


def test_networkx_accepts_every_order() -> None:
    for graph in GRAPHS:
        targets = np.repeat(np.arange(len(graph)), np.diff(graph.offsets))
        peer = nx.DiGraph(zip(graph.inputs.tolist(), targets.tolist(), strict=True))
        peer.add_nodes_from(range(len(graph)))
        for policy in POLICIES:
            place = np.argsort(schedule(graph, policy).indices)
            assert all(place[a] < place[b] for a, b in peer.edges)


def test_an_order_of_arrays_alone_is_the_one_of_first_ready_first_run() -> None:
    for graph in [*GRAPHS, generate("sparse random", 3000, np.random.default_rng(0))]:
        order = topological_order(graph.offsets, graph.inputs)
        assert order.tolist() == schedule(graph, "kahn").indices.tolist()
    assert topological_order([0, 0, 2], [0, 0]).tolist() == [0, 1]  # a repeated input counts once
    assert topological_order([0], []).tolist() == []


@pytest.mark.parametrize(
    ("offsets", "inputs", "words"),
    [
        ([0, 1, 2], [1, 0], "cycle"),
        ([0, 1], [0], "cycle"),
        ([0, 0, 1], [2], "outside"),
        ([0, 0, 1], [-1], "outside"),
        ([0, 0, 1], [2**32], "outside"),
        ([0, 2, 1], [0], "ascend"),
        ([0, 0, 2], [0], "end at"),
        ([1, 1, 1], [0], "malformed"),
        ([], [], "end at"),
    ],
)
def test_arrays_that_are_no_graph_are_refused(
    offsets: list[int], inputs: list[int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        topological_order(offsets, inputs)


def test_random_orders_repeat_by_seed_and_differ_between_seeds() -> None:
    graph = generate("sparse random", 60, np.random.default_rng(0))
    orders = {schedule(graph, "random", seed=k).order for k in range(20)}
    assert len(orders) == 20
    assert schedule(graph, "random", seed=3) == schedule(graph, "random", seed=3)


def test_live_memory_is_submodular() -> None:
    """Checks Theorem thm-submodular."""
    for graph in GRAPHS[:40]:
        oracle = Oracle(graph)
        sets = oracle.closed_sets()[:40]
        for a in sets:
            for b in sets:
                both = oracle.live(a | b) + oracle.live(a & b)
                assert both <= oracle.live(a) + oracle.live(b)


def test_safe_moves_cost_nothing() -> None:
    """Checks Theorem thm-safe: from any set, running a safe node first keeps the least peak."""
    tried = 0
    for graph in GRAPHS:
        oracle = Oracle(graph)
        for done in oracle.closed_sets():
            here, best = oracle.live(done), oracle.to_go(done)
            for v in oracle.ready(done):
                if oracle.live(done | 1 << v) <= here and here + oracle.need(v) <= best:
                    assert oracle.to_go(done | 1 << v) <= best
                    tried += 1
    assert tried > 500


def test_cut_bound_is_the_minimum_over_all_sets() -> None:
    """Checks Theorem thm-cut."""
    for graph in GRAPHS:
        assert lower_bound(graph) == Oracle(graph).cut_bound() <= Oracle(graph).least_peak()


def test_planted_fault_inputs_freed_before_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The classic fault, by planting it: a node's dying inputs make room for its output."""

    def need(self: Oracle, v: int) -> int:
        done = sum(1 << u for u in range(self.n) if self.inputs[v] >> u & 1)
        freed = self.live(done) - self.live(done | 1 << v)
        return max(0, int(self.graph.workspaces[v]) - max(0, freed))

    monkeypatch.setattr(Oracle, "need", need)
    assert largest_error(GRAPHS[:30]) > 0


@pytest.mark.parametrize("column", ["helds", "keeps", "workspaces"])
def test_planted_fault_a_column_lost_at_the_door(
    column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = native._View.__init__

    def lossy(self: native._View, graph: Graph) -> None:
        whole(self, graph)
        at = {"helds": 3, "workspaces": 4, "keeps": 5}[column]
        self.arrays[at] = np.zeros_like(self.arrays[at])
        setattr(self.struct, column, native._pointer(self.arrays[at]))

    monkeypatch.setattr(native._View, "__init__", lossy)
    assert largest_error(GRAPHS) > 0


def test_orders_by_id_or_number_and_wrong_ones() -> None:
    graph = Graph.from_dict(
        {"nodes": [{"id": "b", "size": 2, "inputs": ["a"]}, {"id": "a", "size": 3}]}
    )
    assert peak_memory(graph, ["a", "b"]) == peak_memory(graph, [1, 0]) == 5
    for wrong in (["b", "a"], ["a"], ["a", "a"], ["a", "z"], [0, 2], [], [1, 0, 1]):
        with pytest.raises(ValueError, match="order"):
            peak_memory(graph, wrong)
