"""Decoded nodes into a graph's columns, every fault named with its node and place."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from groundwork.scheduler.parse import GraphError

MOST_BYTES = 1 << 60  # of a whole graph, so that no sum overflows
KEYS = ("id", "size", "inputs", "workspace", "keep", "held", "op", "inplace")
_KINDS = {"keep": (bool, "a truth value"), "op": (str, "a text"), "inplace": (str, "a text")}


class _Columns:
    """A graph's arrays, growing node by node."""

    def __init__(self, place: Callable[[int], str]) -> None:
        self.place = place
        self.number: dict[str, int] = {}
        self.positions = array("q")
        self.offsets, self.inputs = array("q", [0]), array("i")
        self.bytes = {"size": array("q"), "workspace": array("q"), "held": array("q")}
        self.keeps = array("b")
        self.ops: list[str] = []
        self.later: list[tuple[int, int, str]] = []  # inputs whose node comes further down
        self.takes: list[tuple[int, str]] = []

    def add(self, position: int, node: Any) -> None:
        if (problem := next(self._faults(node), None)) is not None:
            raise GraphError(f"{self._who(node, position)}: {problem}")
        name, v = node["id"], len(self.number)
        if self.number.setdefault(name, v) != v:
            first = self.where(self.number[name])
            raise GraphError(f"{self._who(node, position)}: this id stands at {first} too")
        self.positions.append(position)
        for key, column in self.bytes.items():
            column.append(node.get(key, 0))
        for source in node.get("inputs", ()):
            u = self.number.get(source, -1)
            if u == v:
                raise GraphError(f"{self._who(node, position)}: a cycle: it is its own input")
            if u < 0:
                self.later.append((len(self.inputs), v, source))
            self.inputs.append(u)
        self.offsets.append(len(self.inputs))
        self.keeps.append(node.get("keep", False))
        self.ops.append(node.get("op", ""))
        if "inplace" in node:
            self.takes.append((v, node["inplace"]))

    def where(self, v: int) -> str:
        """In words, where node v stands."""
        return self.place(self.positions[v])

    def _who(self, node: Any, position: int) -> str:
        name = node.get("id") if isinstance(node, dict) else None
        place = self.place(position)
        return f"node {name!r} ({place})" if isinstance(name, str) else place

    @staticmethod
    def _faults(node: Any) -> Iterator[str]:
        """What is wrong with a node by itself, if anything is."""
        if not isinstance(node, dict):
            yield f"a node must be an object, not {type(node).__name__}"
        name = node.get("id")
        if not isinstance(name, str) or not name:
            yield "a node needs an 'id' that is a text"
        if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
            yield "the id is not valid Unicode"
        for key in node:
            if key not in KEYS:
                yield f"unknown key {key!r}; allowed: {', '.join(KEYS)}"
        if "size" not in node:
            yield "the key 'size' is missing"
        for key in ("size", "workspace", "held"):
            value = node.get(key, 0)
            if type(value) is not int:
                yield f"{key} must be a whole number of bytes, not {value!r}"
            if value < 0:
                yield f"negative {key} {value}"
            if value > MOST_BYTES:
                yield f"{key} is above 2^60 bytes"
        read = node.get("inputs", [])
        if not isinstance(read, (list, tuple)):
            yield f"inputs must be a list of ids, not {read!r}"
        for source in read:
            if not isinstance(source, str):
                yield f"an input must be the id of a node, not {source!r}"
        for key, (kind, words) in _KINDS.items():
            if key in node and not isinstance(node[key], kind):
                yield f"{key} must be {words}, not {node[key]!r}"

    def resolve(self) -> dict[str, Any]:
        """The columns, once every node is there and names can be looked up."""
        names = list(self.number)

        def number(v: int, source: str, words: str) -> int:
            if source not in self.number:
                raise GraphError(f"node {names[v]!r} ({self.where(v)}): {words} {source!r}")
            return self.number[source]

        for at, v, source in self.later:
            self.inputs[at] = number(v, source, "unknown input")
        inplace = np.full(len(names), -1, np.int32)
        for v, source in self.takes:
            inplace[v] = number(v, source, "takes over unknown node")
        return {
            "offsets": self.offsets,
            "inputs": self.inputs,
            "sizes": self.bytes["size"],
            "ids": names,
            "workspaces": self.bytes["workspace"],
            "keeps": self.keeps,
            "helds": self.bytes["held"],
            "inplace": inplace,
            "ops": self.ops,
        }


def columns(
    entries: Iterable[tuple[int, Any]], place: Callable[[int], str]
) -> tuple[dict[str, Any], Callable[[int], str]]:
    """What `Graph.from_arrays` takes, from (position, decoded node) pairs; and each node's place.

    `place(position)` says in words where a node stands. Raises `GraphError` for a fault.
    """
    table = _Columns(place)
    for position, node in entries:
        table.add(position, node)
    return table.resolve(), table.where
