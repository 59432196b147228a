"""Graphs of ONNX models, read from the protocol-buffer bytes themselves: no onnx package needed.

Source: onnx.proto (field numbers).
"""

import warnings
from collections.abc import Mapping
from os import PathLike

from groundwork.scheduler import io
from groundwork.scheduler.dims import Dims
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.onnx_sizes import EXTRA, Shapes, bodies, inferred, opened, records
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.policies import peak_memory
from groundwork.scheduler.protobuf import Message, parts, text, texts
from groundwork.scheduler.trace import Trace, Value

VIEWS = frozenset(("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"))


def load_onnx(
    path: str | PathLike[str], dims: Mapping[str, int] | None = None, *, infer_shapes: bool = False
) -> Graph:
    """The graph of an `.onnx` file; see `of_onnx`."""
    return of_onnx(io.bytes_of(path), dims, infer_shapes=infer_shapes)


def of_onnx(
    data: bytes, dims: Mapping[str, int] | None = None, *, infer_shapes: bool = False
) -> Graph:
    """The graph of a model's bytes; `dims` gives sizes to open dimensions.

    An open dimension goes by its symbol; without one by its value and axis, as in `x:0`. Raises
    `GraphError` (a `ValueError`) for bytes that are no model, and names a value whose size is
    unknown; `infer_shapes` lets the onnx package find shapes first. Weights (initializers) and
    constants are resident and take no part. Warns where a body holds values of unknown size:
    they are left out of the memory that its node needs while it runs.
    """
    sizes, graph = Dims(dims), opened(data)
    advice = f"let it be inferred: --infer-shapes, or infer_shapes=True from Python ({EXTRA})"
    if infer_shapes:
        before = Dims()
        Shapes(before, "").learn(graph)
        graph = opened(inferred(data, sizes.given))
        advice = "shape inference does not find it either; add it to the model's value_info"
    shapes = Shapes(sizes, advice)
    try:
        shapes.learn(graph)
        sizes.check(before.known if infer_shapes else ())
        scope = _Scope(graph, shapes, {})
        scope.enter_inputs()
        scope.enter_nodes()
    except RecursionError:
        raise GraphError("its bodies are nested too deeply") from None
    if scope.notes:
        more = f", and so in {len(scope.notes) - 1} more" if len(scope.notes) > 1 else ""
        warnings.warn(f"memory inside {scope.notes[0]} is not counted{more}", stacklevel=2)
    return scope.trace.graph()


class _Scope:
    """A graph or body; names of `outer` are buffers that stand while it runs."""

    def __init__(self, graph: Message, shapes: Shapes, outer: Mapping[str, Value | None]) -> None:
        self.graph, self.shapes, self.outer = graph, shapes, outer
        self.infos = records(graph)
        self.trace = Trace()
        weights = [text(tensor, 8) for tensor in parts(graph, 5)]
        weights += [text(tensor, 8) for sparse in parts(graph, 15) for tensor in parts(sparse, 1)]
        self.values: dict[str, Value | None] = dict.fromkeys(weights)
        self.captured: list[str] = []  # names of `outer` that were read
        self.notes: list[str] = []
        self.body = False

    def enter_inputs(self) -> None:
        for info in parts(self.graph, 11):
            if (name := text(info, 1)) not in self.values:
                size = 0 if self.body else self.shapes.bytes(name, self.infos)
                value = self.trace.resident() if self.body else None
                self.values[name] = value or Value(self.trace.add(name, "input", [], [size]))

    def enter_nodes(self) -> None:
        for node in parts(self.graph, 1):
            self._enter(node)
        for info in parts(self.graph, 12):
            if value := self._read(text(info, 1), "the graph"):
                self.trace.kept.add(value)

    def _read(self, name: str, reader: str) -> Value | None:
        if name in self.values:
            return self.values[name]
        if name not in self.outer:
            raise GraphError(f"{reader}: its input {name!r} is made by no node before it")
        if self.outer[name] is not None:
            self.captured.append(name)
            self.values[name] = self.trace.resident()
        return self.values.setdefault(name, None)

    def _enter(self, node: Message) -> None:
        op, outputs = text(node, 4), [name for name in texts(node, 2) if name]
        label = f"node {outputs[0]!r}" if outputs else f"node {text(node, 3) or op!r}"
        reads = [self._read(name, label) if name else None for name in texts(node, 1)]
        if twice := [name for name in outputs if name in self.values]:
            raise GraphError(f"{label}: value {twice[0]!r} is made twice")
        if op == "Constant":
            self.values.update(dict.fromkeys(outputs))
        elif op in VIEWS and reads and outputs:
            self.values[outputs[0]] = reads[0]
        else:
            sizes = [self._bytes(name, label) for name in outputs]
            inner = [self._run(body, label) for body in bodies(node)]
            found = [value for value in reads if value]
            found += [value for captured, _ in inner for value in captured]
            # Of an If, one branch runs, and its outputs are the node's. A loop holds the state of
            # one step, which is its output, beside the next.
            own = sum(sizes) if op == "If" else 0
            work = max([0, *(peak - own for _, peak in inner)])
            name = outputs[0] if outputs else label
            number = self.trace.add(name, op, found, sizes, work=work)
            self.values.update({name: Value(number, part) for part, name in enumerate(outputs)})

    def _bytes(self, name: str, label: str) -> int:
        try:
            return self.shapes.bytes(name, self.infos)
        except GraphError:
            if not self.body:
                raise
            self.notes.append(f"{label} (value {name!r})")
            return 0

    def _run(self, body: Message, label: str) -> tuple[list[Value], int]:
        """What a body reads of this scope, and its peak in the order given."""
        inner = _Scope(body, self.shapes, {**self.outer, **self.values})
        inner.body = True
        inner.enter_inputs()
        inner.enter_nodes()
        if inner.notes:
            self.notes.append(f"{label} (value {inner.notes[0].split('value ')[-1]}")
        captured = [value for name in inner.captured if (value := self._read(name, label))]
        graph = inner.trace.graph()
        return captured, peak_memory(graph, range(len(graph))) if len(graph) else 0
