"""Graphs of PyTorch models: exported programs, and forward with backward by tracing autograd."""

import logging
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from os import PathLike
from typing import Any

import torch
from torch.export.graph_signature import InputKind, OutputKind
from torch.fx.experimental.proxy_tensor import make_fx

from groundwork.scheduler import io
from groundwork.scheduler.dims import Dims
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.torch_sizes import Sizes
from groundwork.scheduler.torch_storage import flat
from groundwork.scheduler.torch_walk import Walk
from groundwork.scheduler.trace import Trace, Value


def load_exported(path: str | PathLike[str], dims: Mapping[str, int] | None = None) -> Graph:
    """The graph of a program saved by `torch.export.save`; weights count as resident.

    `-` is standard input; `dims` gives sizes to symbols. Raises `GraphError` (a `ValueError`) for
    a file that is something else.
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
    return of_exported(program, dims)


def of_exported(program: Any, dims: Mapping[str, int] | None = None) -> Graph:
    """The graph of a `torch.export.ExportedProgram`.

    `dims` gives sizes to the program's symbols, by the names that its shapes show (`s77`); sizes
    that depend on data (`u0`) take the most that they can be. Raises `GraphError` for a symbol
    that is open, a name that the program lacks, or a size outside the program's range.
    """
    sizes = Sizes(Dims(dims), program.range_constraints)
    sizes.learn(program.graph_module)
    trace = Trace()
    walk = Walk(trace, sizes)
    tensors = {**program.constants, **program.state_dict}
    nodes = [node for node in program.graph.nodes if node.op == "placeholder"]
    bound: dict[str, Any] = {}
    for node, spec in zip(nodes, program.graph_signature.input_specs, strict=True):
        if spec.kind is InputKind.USER_INPUT:
            bound[node.name] = _input(trace, node, sizes)
        else:
            bound[spec.target or node.name] = walk.resident(tensors.get(spec.target))
    outputs = walk.run(program.graph_module, list(bound.values()))
    for spec, output in zip(program.graph_signature.output_specs, outputs, strict=True):
        if spec.kind.name.endswith("_MUTATION"):  # written back when all is done
            target = flat(bound[spec.target])
            trace.add(f"{spec.arg.name}:back", "aten.copy_.default", flat(output), [], target)
        elif spec.kind is not OutputKind.TOKEN:
            trace.kept |= set(flat(output))
    return trace.graph()


def _input(trace: Trace, node: torch.fx.Node, sizes: Sizes) -> Value | frozenset[Value]:
    value = node.meta.get("val")
    if not isinstance(value, torch.Tensor):
        return frozenset()
    return Value(trace.add(node.name, "input", [], [sizes.bytes(value, node.name)]))


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
    trace, sizes = Trace(), Sizes()
    places = [node for node in traced.graph.nodes if node.op == "placeholder"]
    bound = [trace.resident() for _ in names]
    bound += [_input(trace, node, sizes) for node in places[len(names) :]]  # type: ignore[misc]
    trace.kept |= set(flat(Walk(trace, sizes).run(traced, bound)))
    return trace.graph()
