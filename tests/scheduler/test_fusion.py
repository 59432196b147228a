"""What fusion may and may not do; in-place buffers; both against the oracle."""

import numpy as np
import pytest

from groundwork.scheduler import Graph, schedule
from groundwork.scheduler.fusion import fuse, in_place, kind, pointwise
from groundwork.scheduler.oracle import Oracle
from groundwork.scheduler.samples import small

RELU, MM = "aten.relu.default", "aten.mm.default"


def chain(*ops: str, **more: object) -> Graph:
    nodes = [{"id": "x", "size": 8, "op": "input"}]
    for k, op in enumerate(ops):
        nodes.append({"id": f"n{k}", "size": 8, "op": op, "inputs": [nodes[-1]["id"]]})
    nodes[1].update(more)
    return Graph.from_dict({"nodes": nodes})


def test_names_of_operators() -> None:
    assert kind("aten.add.Tensor") == kind("Add") == "add"
    assert pointwise("aten.relu.default")
    assert not pointwise("aten.convolution.default")


def test_a_chain_of_pointwise_operators_becomes_one() -> None:
    fused = fuse(chain(MM, RELU, RELU, RELU))
    assert list(fused.ids) == ["x", "n0", "n3"]
    assert fused.ops[2] == "fused.fused.relu+relu+relu"
    assert fuse(fused).to_dict() == fused.to_dict()


@pytest.mark.parametrize("more", [{"keep": True}, {"held": 4}])
def test_kept_values_are_not_fused_away(more: dict[str, object]) -> None:
    assert len(fuse(chain(RELU, RELU, **more))) == 3


def test_a_value_with_two_consumers_is_not_fused_away() -> None:
    graph = chain(RELU, RELU).to_dict()
    graph["nodes"].append({"id": "z", "size": 8, "op": RELU, "inputs": ["n0"]})
    assert len(fuse(Graph.from_dict(graph))) == 4


def marked(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    graph = small(rng)
    return Graph.from_arrays(
        graph.offsets,
        graph.inputs,
        graph.sizes,
        workspaces=graph.workspaces,
        keeps=graph.keeps,
        helds=graph.helds,
        ops=rng.choice([RELU, MM], len(graph), p=[0.8, 0.2]).tolist(),
    )


def worst_rise(guard: bool) -> int:
    """Largest rise of the least peak by fusion over the samples (bytes)."""
    rises = []
    for seed in range(250):
        graph = marked(seed)
        rises.append(Oracle(fuse(graph, guard=guard)).least_peak() - Oracle(graph).least_peak())
    return max(rises)


def test_guarded_fusion_never_raises_the_least_peak() -> None:
    """Checks Theorem thm-fusion, and that the guard is what it takes."""
    assert worst_rise(guard=True) <= 0
    assert worst_rise(guard=False) > 0


def test_in_place_takes_only_what_nobody_else_needs() -> None:
    for seed in range(200):
        graph = marked(seed)
        changed = in_place(graph)  # the constructor refuses a buffer with another reader
        readers = graph.consumers()
        for v in np.flatnonzero(changed.inplace >= 0).tolist():
            u = int(changed.inplace[v])
            assert readers[u] == [v]
            assert graph.sizes[u] >= graph.sizes[v]
            assert not graph.keeps[u]
        assert Oracle(changed).least_peak() <= Oracle(graph).least_peak()
        assert schedule(changed, "exact").peak == Oracle(changed).least_peak()


def test_an_input_of_the_caller_is_never_overwritten() -> None:
    assert in_place(chain(RELU)).inplace.tolist() == [-1, -1]
    assert in_place(chain(MM, RELU)).inplace.tolist() == [-1, -1, 1]


def test_a_shared_buffer_is_refused() -> None:
    nodes = chain(MM, RELU).to_dict()
    nodes["nodes"][2]["inplace"] = "n0"
    Graph.from_dict(nodes)
    nodes["nodes"].append({"id": "z", "size": 8, "inputs": ["n0"]})
    with pytest.raises(ValueError, match="something else still needs"):
        Graph.from_dict(nodes)
