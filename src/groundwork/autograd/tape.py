"""A tape: what the engine does, written down as it does it (names, sizes, seconds).

with trace() as tape:
    loss = cross_entropy(model(images), labels)
    loss.backward(create_graph=True)
tape.seconds()      # where the time goes
tape.graph(...)     # the graph as data, for a scheduler or a picture: see `export`
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from groundwork.autograd.rules import Rule


@dataclass(frozen=True)
class Entry:
    """One operation on Tensors: what it read, what it made, and how long it took."""

    name: str
    inputs: tuple[Any, ...]
    output: Any
    seconds: float


@dataclass
class Tape:
    """Operations in the order of execution, and seconds spent by (direction, operation)."""

    entries: list[Entry] = field(default_factory=list)
    spent: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    keep: bool = True  # whether `entries` (and with them every value) are held

    def forward(self, rule: Rule, arrays: list[Any], options: dict[str, Any]) -> tuple[Any, float]:
        """The rule's forward value, and the seconds it took."""
        start = time.perf_counter()
        value = rule.forward(*arrays, **options)
        seconds = time.perf_counter() - start
        self.spent["forward", rule.name] += seconds
        self.counts["forward", rule.name] += 1
        return value, seconds

    def pullback(
        self,
        rule: Rule,
        vjp: Callable[..., Any],
        gradient: Any,
        out: Any,
        operands: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        """One operand's gradient, its time charged to the operation that is differentiated."""
        start = time.perf_counter()
        part = vjp(gradient, out, *operands, **options)
        self.spent["backward", rule.name] += time.perf_counter() - start
        self.counts["backward", rule.name] += 1
        return part

    def note(self, rule: Rule, inputs: tuple[Any, ...], output: Any, seconds: float) -> None:
        """Write an operation on Tensors down."""
        if self.keep:
            self.entries.append(Entry(rule.name, inputs, output, seconds))
