"""A tape as a graph: data for a scheduler, or for a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundwork.autograd.tape import Tape
from groundwork.autograd.tensor import Tensor


def graph_dict(
    tape: Tape, names: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
) -> dict[str, Any]:
    """The taped computation as `{"nodes": [{"id", "size", "inputs", "workspace", "keep"}]}`.

    Sizes are bytes. A node's id ends in the operation's name. A view (reshape, transpose, slice,
    broadcast) is no node: it computes nothing and owns nothing, so whoever reads it reads its
    base. `names` labels Tensors that came from outside (parameters, a batch), which are kept, as
    nothing in the graph can make them again; `outputs` labels results, which are kept too.
    """
    labels = {id(tensor): name for name, tensor in {**names, **outputs}.items()}
    kept = set(labels)
    made: dict[int, str] = {}  # id of a Tensor -> id of the node that owns its memory
    nodes: dict[str, dict[str, Any]] = {}

    def add(label: str, tensor: Any, inputs: list[str], keep: bool) -> str:
        nodes[label] = {
            "id": label,
            "size": int(tensor.data.nbytes),
            "inputs": list(dict.fromkeys(inputs)),
            "workspace": 0,
            "keep": keep,
        }
        return label

    for number, entry in enumerate(tape.entries):
        inputs = []
        for operand in entry.inputs:
            if not isinstance(operand, Tensor):
                continue  # a number in the program's text
            if id(operand) not in made:
                label = labels.get(id(operand), f"constant {len(made)}")
                made[id(operand)] = add(label, operand, [], True)
            inputs.append(made[id(operand)])
        key = id(entry.output)
        if entry.view:
            made[key] = inputs[0]
            if key in kept:
                nodes[inputs[0]]["keep"] = True
        elif key not in made:
            label = f"{number} {entry.name}" + (f" = {labels[key]}" if key in labels else "")
            made[key] = add(label, entry.output, inputs, key in kept)
    return {"nodes": list(nodes.values())}


def total_bytes(graph: Mapping[str, Any]) -> int:
    """The memory that all nodes take when nothing is ever released (bytes)."""
    return int(np.sum([node["size"] for node in graph["nodes"]], dtype=np.int64))
