"""The graph: nodes that each produce one value, held as arrays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.scheduler import io, native, parse
from groundwork.scheduler.build import MOST_BYTES, columns
from groundwork.scheduler.parse import GraphError


@dataclass(frozen=True, eq=False)
class Graph:
    """A computational graph: N nodes, E edges, bytes.

    Shapes: `ids` N; `offsets` (N + 1,); `inputs` (E,) node numbers, those of node v at
    `offsets[v]:offsets[v + 1]`; `sizes`, `workspaces`, `keeps`, `helds`, `inplace` (N,); `ops` N.

    `sizes` is what a node's value takes from its run until its last consumer has run; values that
    nobody reads (graph outputs) and those with `keeps` stay. `workspaces` is taken while the node
    runs. `helds` is a part of the output that stays for good (a weight gradient beside the data
    gradient). `inplace[v]` is the input whose buffer v takes over, or -1: allowed only where v is
    that input's one consumer. `ops` names operators, for fusion and drawing.

    Raises `ValueError` for anything malformed, naming the node; a cycle is named node by node.
    """

    ids: Sequence[str]
    offsets: NDArray[np.int64]
    inputs: NDArray[np.int32]
    sizes: NDArray[np.int64]
    workspaces: NDArray[np.int64]
    keeps: NDArray[np.bool_]
    helds: NDArray[np.int64]
    inplace: NDArray[np.int32]
    ops: Sequence[str]

    def __post_init__(self) -> None:
        arrays = (self.offsets, self.inputs, self.sizes, self.workspaces, self.keeps)
        for values in (*arrays, self.helds, self.inplace):
            values.setflags(write=False)
        n = len(self.ids)
        if len(self.ops) != n or len(self.offsets) != n + 1:
            raise GraphError("the arrays of a graph must have one entry for each node")
        self._check_sizes()
        self._check_inplace()
        if cycle := native.cycle(self):
            names = " -> ".join(repr(self.ids[v]) for v in [*cycle[:12], cycle[0]])
            more = f" (and {len(cycle) - 12} more)" if len(cycle) > 12 else ""
            raise GraphError(f"the graph has a cycle: {names}{more}", cycle[0])

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def edges(self) -> int:
        """Number of edges, a repeated input counted each time."""
        return len(self.inputs)

    def inputs_of(self, node: int) -> NDArray[np.int32]:
        """Node numbers of a node's inputs."""
        return self.inputs[self.offsets[node] : self.offsets[node + 1]]

    def consumers(self) -> list[list[int]]:
        """For each node, the nodes that read it, without repeats."""
        readers: list[list[int]] = [[] for _ in self.ids]
        for v in range(len(self)):
            for u in dict.fromkeys(self.inputs_of(v).tolist()):
                readers[u].append(v)
        return readers

    def numbers(self, order: Iterable[str | int]) -> NDArray[np.int32]:
        """Node numbers of an order given by ids or numbers; `ValueError` for an unknown one."""
        names = order if isinstance(order, np.ndarray) else list(order)
        if not len(names):
            return np.zeros(0, np.int32)
        if isinstance(names[0], str):
            number = {name: v for v, name in enumerate(self.ids)}
            if unknown := [name for name in names if name not in number]:
                raise GraphError(f"the order names {unknown[0]!r}, which is not in the graph")
            names = [number[name] for name in names]  # type: ignore[index]
        wide = np.asarray(names, np.int64)
        if wide.size and (wide.min() < 0 or wide.max() >= len(self)):
            raise GraphError("the order names a node that is not in the graph")
        return wide.astype(np.int32)

    def _check_sizes(self) -> None:
        parts = {"size": self.sizes, "held": self.helds, "workspace": self.workspaces}
        for name, values in parts.items():
            if (bad := np.flatnonzero(values < 0)).size:
                v = int(bad[0])
                raise GraphError(f"node {self.ids[v]!r}: negative {name} {values[v]}", v)
        if sum(float(part.sum(dtype=np.float64)) for part in parts.values()) > MOST_BYTES:
            raise GraphError("the sizes add up to more than 2^60 bytes")

    def _check_inplace(self) -> None:
        users = np.flatnonzero(self.inplace >= 0)
        if not users.size:
            return
        readers = self.consumers()
        for v in users.tolist():
            u = int(self.inplace[v])
            name, source = repr(self.ids[v]), repr(self.ids[u])
            if u not in self.inputs_of(v):
                raise GraphError(f"node {name}: takes over {source}, which is not its input", v)
            if readers[u] != [v] or self.keeps[u]:
                raise GraphError(
                    f"node {name}: takes over {source}, which something else still needs", v
                )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Graph":
        """The graph of `{"nodes": [{"id": …, "size": …, "inputs": […]}, …]}`."""
        if not isinstance(data, Mapping) or not isinstance(data.get("nodes"), (list, tuple)):
            raise GraphError('expected {"nodes": [...]}')
        if extra := [key for key in data if key != "nodes"]:
            raise GraphError(f"unknown key {extra[0]!r}; the one key is 'nodes'")
        return cls._placed(enumerate(data["nodes"]), "nodes[{}]".format)

    @classmethod
    def from_text(cls, text: str) -> "Graph":
        """The graph of JSON text; errors name the node and its line."""
        text = text.removeprefix("\ufeff")  # the mark with which some editors begin a file
        return cls._placed(parse.nodes(text), parse.line_locator(text))

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> "Graph":
        """The graph of a JSON file; `-` is standard input."""
        return cls.from_text(io.text_of(path))

    @classmethod
    def _placed(cls, entries: Iterable[tuple[int, Any]], place: Callable[[int], str]) -> "Graph":
        """The graph of decoded nodes; faults that only the whole graph shows get a place too."""
        table, where = columns(entries, place)
        try:
            return cls.from_arrays(**table)
        except GraphError as problem:
            if problem.node is None:
                raise
            name = f"node {table['ids'][problem.node]!r}"
            words = str(problem).removeprefix(f"{name}: ")
            raise GraphError(f"{name} ({where(problem.node)}): {words}", problem.node) from None

    @classmethod
    def from_arrays(
        cls,
        offsets: Any,
        inputs: Any,
        sizes: Any,
        *,
        ids: Sequence[str] | None = None,
        workspaces: Any = None,
        keeps: Any = None,
        helds: Any = None,
        inplace: Any = None,
        ops: Sequence[str] | None = None,
    ) -> "Graph":
        """A graph from arrays; what is left out is zero, false, absent, or a number as its name."""
        n = len(sizes)
        return cls(
            [str(v) for v in range(n)] if ids is None else ids,
            np.array(offsets, np.int64),
            np.array(inputs, np.int32),
            np.array(sizes, np.int64),
            np.zeros(n, np.int64) if workspaces is None else np.array(workspaces, np.int64),
            np.zeros(n, np.bool_) if keeps is None else np.array(keeps, np.bool_),
            np.zeros(n, np.int64) if helds is None else np.array(helds, np.int64),
            np.full(n, -1, np.int32) if inplace is None else np.array(inplace, np.int32),
            [""] * n if ops is None else ops,
        )

    def to_dict(self) -> dict[str, Any]:
        """The graph as JSON data, keys with their default value left out."""
        nodes: list[dict[str, Any]] = []
        for v, name in enumerate(self.ids):
            node: dict[str, Any] = {"id": name, "size": int(self.sizes[v])}
            if read := [self.ids[u] for u in self.inputs_of(v)]:
                node["inputs"] = read
            for key, values in (("workspace", self.workspaces), ("held", self.helds)):
                if values[v]:
                    node[key] = int(values[v])
            if self.keeps[v]:
                node["keep"] = True
            if self.ops[v]:
                node["op"] = self.ops[v]
            if self.inplace[v] >= 0:
                node["inplace"] = self.ids[self.inplace[v]]
            nodes.append(node)
        return {"nodes": nodes}
