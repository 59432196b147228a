"""Graphs of PyTorch models: exported programs, and forward with backward by tracing autograd."""

import logging
from collections.abc import Callable, Sequence
from io import BytesIO
from os import PathLike
from typing import Any

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from groundwork.scheduler import io
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.trace import Trace, Value

# Operators whose output shares its input's memory although their schema does not say so.
ALIASES = ("aten._unsafe_view.default", "aten.detach.default", "aten.alias.default")


def load_exported(path: str | PathLike[str]) -> Graph:
    """The graph of a program saved by `torch.export.save`; weights count as resident.

    `-` is standard input. Raises `GraphError` (a `ValueError`) for a file that is something else.
    """
    data = io.bytes_of(path)
    if not data.startswith(b"PK"):  # a zip archive
        raise GraphError("neither an .onnx file nor a program saved by torch.export.save")
    logging.getLogger("torch.export").setLevel(logging.CRITICAL)  # our one line says it
    try:
        program = torch.export.load(BytesIO(data))
    except Exception as problem:  # whatever torch's reader trips over in a foreign archive
        words = str(problem).splitlines() or [type(problem).__name__]
        raise GraphError(f"not a program saved by torch.export.save: {words[0]}") from None
    return of_exported(program)


def of_exported(program: Any) -> Graph:
    """The graph of a `torch.export.ExportedProgram`."""
    return _trace(program.graph, set(program.graph_signature.user_inputs)).graph()


def inference(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> Graph:
    """The forward graph of a module, through `torch.export`."""
    return of_exported(torch.export.export(module, inputs))


def training(
    module: torch.nn.Module,
    inputs: tuple[torch.Tensor, ...],
    loss: Callable[[torch.Tensor], torch.Tensor],
) -> Graph:
    """Forward and backward in one graph: the loss and every parameter's gradient are its outputs.

    Autograd runs on tensors without data, and each operator that it calls is written down.
    """
    names, weights = zip(*module.named_parameters(), strict=True)

    def step(weights: Sequence[torch.Tensor], *arguments: torch.Tensor) -> Any:
        own = dict(zip(names, weights, strict=True))
        value = loss(torch.func.functional_call(module, own, arguments))
        return [value, *torch.autograd.grad(value, list(weights))]

    traced = make_fx(step, tracing_mode="fake")(list(weights), *inputs)
    places = [node.name for node in traced.graph.nodes if node.op == "placeholder"]
    return _trace(traced.graph, set(places[len(names) :])).graph()


def _bytes(value: Any) -> list[int]:
    if isinstance(value, torch.Tensor):
        return [int(value.numel()) * value.element_size()]
    if isinstance(value, (tuple, list)):
        return [size for item in value for size in (_bytes(item) if item is not None else [0])]
    return [0]  # a plain number


def _is_view(target: Any) -> bool:
    if str(target) in ALIASES:
        return True
    schema = getattr(target, "_schema", None)
    if schema is None or len(schema.returns) != 1:
        return False
    alias = schema.returns[0].alias_info
    return alias is not None and not alias.is_write


def _trace(fx: torch.fx.Graph, inputs: set[str]) -> Trace:
    """Walk an FX graph: `inputs` are values, other placeholders (weights) are resident."""
    trace = Trace()
    values: dict[torch.fx.Node, Value | None] = {}
    for node in fx.nodes:
        if node.op == "output":
            trace.kept |= {v for source in node.all_input_nodes if (v := values[source])}
        elif node.op in ("placeholder", "get_attr"):
            size = sum(_bytes(node.meta.get("val")))
            known = node.op == "placeholder" and node.name in inputs
            trace.resident += 0 if known else size
            values[node] = Value(trace.add(node.name, "input", [], [size])) if known else None
        elif getattr(node.target, "__name__", "") == "getitem":
            source = values[node.args[0]]
            values[node] = source and Value(source.node, source.part + int(node.args[1]))
        elif _is_view(node.target):
            values[node] = values[node.all_input_nodes[0]]
        else:
            reads = [v for source in node.all_input_nodes if (v := values[source])]
            sizes = _bytes(node.meta.get("val"))
            values[node] = Value(trace.add(node.name, str(node.target), reads, sizes))
    return trace
