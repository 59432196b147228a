"""The recorded graph as data: it is the computation, and the scheduler can read it."""

import networkx
import numpy as np

from groundwork.autograd import Tensor, graph_dict, nn, trace


def _recorded() -> dict:
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(5, 4, rng=rng), nn.ReLU(), nn.Linear(4, 3, rng=rng))
    images = Tensor(rng.normal(size=(6, 5)).astype(np.float32))
    with trace() as tape:
        loss = nn.cross_entropy(model(images), rng.integers(0, 3, size=6))
        loss.backward(create_graph=True)
    names = {"images": images, **dict(model.named_parameters())}
    outputs = {"loss": loss} | {
        f"gradient of {name}": parameter.grad for name, parameter in model.named_parameters()
    }
    return graph_dict(tape, names, outputs)


def test_export_is_the_computation() -> None:
    """Sizes in bytes, inputs before use, no dangling pieces, every gradient reached from the images."""
    nodes = {node["id"]: node for node in _recorded()["nodes"]}
    seen: set[str] = set()
    for name, node in nodes.items():
        assert set(node["inputs"]) <= seen, name
        seen.add(name)
    assert nodes["images"]["size"] == 6 * 5 * 4
    assert nodes["0 linear"]["inputs"] == ["images", "0.weight", "0.bias"]
    assert nodes["0 linear"]["size"] == 6 * 4 * 4
    kept = [name for name, node in nodes.items() if node["keep"] and node["inputs"]]
    assert len(kept) == 5  # the loss and four gradients
    below: dict[str, set[str]] = {}
    for name, node in nodes.items():
        below[name] = set(node["inputs"]).union(*(below[i] for i in node["inputs"]))
    assert all("images" in below[name] and "0.bias" in below[name] for name in kept)
    # the seed of the walk, and nothing else, comes from nowhere
    assert sum(name.startswith("constant") for name in nodes) == 1
    assert not any("reshape" in n or "transpose" in n or "broadcast" in n for n in nodes)


def test_recorded_order_is_valid_for_the_scheduler() -> None:
    """In room 2.1's format: its keys and types, an acyclic graph, run in a topological order."""
    nodes = _recorded()["nodes"]
    graph = networkx.DiGraph()
    for node in nodes:
        assert set(node) == {"id", "size", "inputs", "workspace", "keep"}
        assert isinstance(node["size"], int)
        assert node["size"] > 0
        assert len(set(node["inputs"])) == len(node["inputs"])
        graph.add_node(node["id"])
        graph.add_edges_from((source, node["id"]) for source in node["inputs"])
    assert len(graph) == len(nodes)
    assert networkx.is_directed_acyclic_graph(graph)
    place = {node["id"]: position for position, node in enumerate(nodes)}
    assert all(place[source] < place[target] for source, target in graph.edges)
