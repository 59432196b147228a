"""One training step's graph, forward and backward, in the scheduler's format; a small one to draw."""

import json
from typing import Any

from groundwork.autograd.export import graph_dict, total_bytes
from groundwork.autograd.functions import trace
from groundwork.autograd.nn import cross_entropy
from groundwork.autograd.tensor import as_tensor
from groundwork.autograd.training import mlp
from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The graph of one training step, for the scheduler, and a small one to draw."""

    sizes: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    batch: int = knob("Images in a batch.", ge=1)
    small: list[bounded(int, ge=1)] = knob(
        "Widths of the network's layers, input to output (entries).", min_length=2
    )
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, graph: step.Out, small: step.Out) -> step.Claims:
    """Record a step with its backward pass differentiable, so that both halves are on the tape."""
    whole = _step(settings.sizes, settings.batch, settings.seed)
    graph.write_text(json.dumps(whole, indent=1) + "\n")
    small.write_text(json.dumps(_step(settings.small, 4, settings.seed), indent=1) + "\n")
    computed = [node for node in whole["nodes"] if node["inputs"]]
    return {
        "nodes": claim(len(whole["nodes"]), "", "exact"),
        "operations": claim(len(computed), "", "exact"),
        "edges": claim(sum(len(node["inputs"]) for node in computed), "", "exact"),
        "bytes": claim(total_bytes(whole) / 1e6, "MB", "exact"),
    }


def _step(sizes: list[int], batch: int, seed: int) -> dict[str, Any]:
    rng = stream(seed, "graph")
    model = mlp(sizes, rng)
    images = as_tensor(rng.normal(size=(batch, sizes[0])).astype("float32"))
    labels = rng.integers(0, sizes[-1], size=batch)
    with trace() as tape:
        loss = cross_entropy(model(images), labels)
        loss.backward(create_graph=True)
    names = {"images": images, **dict(model.named_parameters())}
    outputs = {"loss": loss}
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        outputs[f"gradient of {name}"] = parameter.grad
    return graph_dict(tape, names, outputs)


if __name__ == "__main__":
    step.run(main)
