"""Buffers and operators as an importer meets them, made into a graph."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from groundwork.scheduler.build import MOST_BYTES
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError


@dataclass(frozen=True)
class Value:
    """One buffer: an output of an operator, or of a resident tensor (node -1).

    Views of a value are the value itself.
    """

    node: int
    part: int = 0


@dataclass
class Trace:
    """Operators in the order in which they ran. Resident tensors (weights) take no memory."""

    names: list[str] = field(default_factory=list)
    ops: list[str] = field(default_factory=list)
    reads: list[list[Value]] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)  # bytes of each output
    works: list[int] = field(default_factory=list)
    after: list[set[int]] = field(default_factory=list)  # operators that must have run before
    kept: set[Value] = field(default_factory=set)
    writers: dict[Value, int] = field(default_factory=dict)  # who changed a buffer last
    readers: dict[Value, list[int]] = field(default_factory=dict)  # who has read it since then
    residents: int = 0

    def resident(self) -> Value:
        """A tensor that is there all the time."""
        self.residents += 1
        return Value(-1, self.residents)

    def add(
        self,
        name: str,
        op: str,
        reads: Sequence[Value],
        parts: Sequence[int],
        writes: Iterable[Value] = (),
        work: int = 0,
    ) -> int:
        """Enter an operator with what it reads and the bytes of its outputs; returns its number.

        `writes` are buffers that it changes in place: whoever reads them before stays before, and
        whoever reads them later stays behind. An input of the program that is changed is an output
        too, so it is kept.
        """
        if sum(parts) + work > MOST_BYTES:
            raise GraphError(f"value {name!r}: more than 2^60 bytes")
        number, changed = len(self.names), list(dict.fromkeys(writes))
        read = list(dict.fromkeys([*reads, *changed]))
        before = {self.writers[value] for value in read if value in self.writers}
        before |= {reader for value in changed for reader in self.readers.get(value, ())}
        for value in read:
            self.readers.setdefault(value, []).append(number)
        for value in changed:
            self.writers[value], self.readers[value] = number, []
            if value.node >= 0 and self.ops[value.node] == "input":
                self.kept.add(value)
        self.names.append(name)
        self.ops.append(op)
        self.reads.append([value for value in read if value.node >= 0])
        self.parts.append(list(parts))
        self.works.append(work)
        self.after.append(before)
        return number

    def graph(self) -> Graph:
        """The graph: kept outputs stay, outputs that nobody reads are workspace, the others die.

        Of several outputs that die at different times (batch norm's result and its saved mean),
        the largest is the operator's own value. Each other one becomes a node of its own that the
        operator reads: its buffer is allocated just before, as with PyTorch's `out=`.

        An operator that must only have run before, as its output is not read, is not read here
        either, or its output would live too long: a node without bytes runs behind it instead.
        """
        read = {value for values in self.reads for value in values}
        pairs = zip(self.after, self.reads, strict=True)
        awaited = {other for after, reads in pairs for other in after - {v.node for v in reads}}
        place: dict[Value, int] = {}
        numbers: list[int] = []
        table = _Table()
        for node, (name, op) in enumerate(zip(self.names, self.ops, strict=True)):
            inputs = list(dict.fromkeys(place[value] for value in self.reads[node]))
            for earlier in sorted({numbers[other] for other in self.after[node]} - {*inputs}):
                inputs.append(table.done(earlier))
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
            numbers.append(table.add(name, op, inputs, own, held, work + self.works[node]))
            place.update({value: numbers[-1] for value in parts if value not in place})
            if node in awaited:  # at once, so that in this order too nothing lives longer for it
                table.done(numbers[-1])
        return table.graph()


@dataclass
class _Table:
    """Rows of the graph to be."""

    names: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    ops: list[str] = field(default_factory=list)
    inputs: list[list[int]] = field(default_factory=list)
    bytes: list[tuple[int, int, int]] = field(default_factory=list)  # size, held, workspace
    behind: dict[int, int] = field(default_factory=dict)

    def add(
        self, name: str, op: str, inputs: list[int], size: int, held: int = 0, work: int = 0
    ) -> int:
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        self.names.append(name)
        self.ops.append(op)
        self.inputs.append(inputs)
        self.bytes.append((size, held, work))
        return len(self.names) - 1

    def done(self, number: int) -> int:
        """A node without bytes that runs behind this one; itself, where it has none."""
        if self.bytes[number][0] == 0:
            return number
        if number not in self.behind:
            self.behind[number] = self.add(f"{self.names[number]}:done", "order", [number], 0)
        return self.behind[number]

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
