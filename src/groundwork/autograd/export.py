"""A tape as a graph: data for a scheduler, or for a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundwork.autograd.tape import Tape
from groundwork.autograd.tensor import Tensor

Graph = dict[str, list[dict[str, Any]]]


def graph_dict(tape: Tape, names: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> Graph:
    """The taped computation as `{"nodes": [{"id", "size", "inputs", "workspace", "keep"}]}`.

    Sizes are bytes. A node is a piece of memory and the operation that filled it: a view
    (reshape, transpose, slice, broadcast) computes nothing and owns nothing, so whoever reads it
    reads its base. `names` labels Tensors that came from outside (parameters, a batch), which are
    kept, as nothing in the graph can make them again; `outputs` labels results, kept too.
    """
    labels = {_owner(tensor): name for name, tensor in {**names, **outputs}.items()}
    nodes: dict[int, dict[str, Any]] = {}  # by the array that owns the memory

    def add(key: int, label: str, size: int, inputs: list[int], keep: bool) -> None:
        nodes[key] = {
            "id": label,
            "size": size,
            "inputs": list(dict.fromkeys(nodes[key]["id"] for key in inputs)),
            "workspace": 0,
            "keep": keep,
        }

    for number, entry in enumerate(tape.entries):
        inputs = []
        for operand in entry.inputs:
            if isinstance(operand, Tensor):  # and not a number in the program's text
                key = _owner(operand)
                if key not in nodes:
                    label = labels.get(key, f"constant {len(nodes)}")
                    add(key, label, int(operand.data.nbytes), [], True)
                inputs.append(key)
        key = _owner(entry.output)
        if key not in nodes:
            label = f"{number} {entry.name}" + (f" = {labels[key]}" if key in labels else "")
            add(key, label, int(entry.output.data.nbytes), inputs, key in labels)
    return {"nodes": list(nodes.values())}


def _owner(tensor: Tensor) -> int:
    """The identity of the array that owns a Tensor's memory (the tape keeps all of them alive)."""
    array = tensor.data
    while isinstance(array.base, np.ndarray):
        array = array.base
    return id(array)


def total_bytes(graph: Mapping[str, Any]) -> int:
    """The memory that all nodes take when nothing is ever released (bytes)."""
    return int(np.sum([node["size"] for node in graph["nodes"]], dtype=np.int64))
