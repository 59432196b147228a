"""Values and operators as an importer meets them, made into a graph."""

from dataclasses import dataclass, field

import numpy as np

from groundwork.scheduler.graph import Graph


@dataclass(frozen=True)
class Value:
    """One output of one operator; views of a value are the value itself."""

    node: int
    part: int = 0


@dataclass
class Trace:
    """Operators in the order in which they were met. Resident tensors (weights) are no values."""

    names: list[str] = field(default_factory=list)
    ops: list[str] = field(default_factory=list)
    reads: list[list[Value]] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)  # bytes of each output
    kept: set[Value] = field(default_factory=set)
    resident: int = 0  # bytes of tensors that are there all the time

    def add(self, name: str, op: str, reads: list[Value], parts: list[int]) -> int:
        """Enter an operator with its inputs and the bytes of its outputs; returns its number."""
        self.names.append(name)
        self.ops.append(op)
        self.reads.append(reads)
        self.parts.append(parts)
        return len(self.names) - 1

    def graph(self) -> Graph:
        """The graph: kept outputs stay, outputs that nobody reads are workspace, the others die.

        Of several outputs that die at different times (batch norm's result and its saved mean),
        the largest is the operator's own value. Each other one becomes a node of its own that the
        operator reads: its buffer is allocated just before, as with PyTorch's `out=`.
        """
        read = {value for values in self.reads for value in values}
        place: dict[Value, int] = {}
        table = _Table()
        for node, (name, op) in enumerate(zip(self.names, self.ops, strict=True)):
            inputs = list(dict.fromkeys(place[value] for value in self.reads[node]))
            parts = {Value(node, at): size for at, size in enumerate(self.parts[node])}
            dying = [v for v in parts if v in read and v not in self.kept]
            main = max(dying, key=parts.__getitem__, default=None)
            for value in dying:
                if value != main:
                    place[value] = table.add(f"{name}:{value.part}", "output", inputs, parts[value])
            inputs = inputs + [place[value] for value in dying if value != main]
            held = sum(size for value, size in parts.items() if value in self.kept)
            work = sum(size for v, size in parts.items() if v not in read and v not in self.kept)
            own = parts[main] if main else 0
            number = table.add(name, op, inputs, own, held, work)
            place.update({value: number for value in parts if value not in place})
        return table.graph()


@dataclass
class _Table:
    """Rows of the graph to be."""

    names: list[str] = field(default_factory=list)
    ops: list[str] = field(default_factory=list)
    inputs: list[list[int]] = field(default_factory=list)
    bytes: list[tuple[int, int, int]] = field(default_factory=list)  # size, held, workspace

    def add(
        self, name: str, op: str, inputs: list[int], size: int, held: int = 0, work: int = 0
    ) -> int:
        self.names.append(name)
        self.ops.append(op)
        self.inputs.append(inputs)
        self.bytes.append((size, held, work))
        return len(self.names) - 1

    def graph(self) -> Graph:
        columns = np.array(self.bytes, np.int64).reshape(-1, 3)
        return Graph.from_arrays(
            np.cumsum([0, *map(len, self.inputs)]),
            [u for read in self.inputs for u in read],
            columns[:, 0],
            ids=self.names,
            helds=columns[:, 1],
            workspaces=columns[:, 2],
            ops=self.ops,
        )
