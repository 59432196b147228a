"""A tape: what the engine does, written down as it does it (names, sizes, seconds).

with trace() as tape:
    loss = cross_entropy(model(images), labels)
    loss.backward(create_graph=True)
tape.spent          # seconds by direction and operation
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

    last: float = 0.0  # seconds of the function that returned last

    def timed(
        self,
        direction: str,
        rule: Rule,
        function: Callable[..., Any],
        /,
        *args: Any,
        **options: Any,
    ) -> Any:
        """`function` of a rule, its time charged to the rule; a pullback's to what it differentiates."""
        start = time.perf_counter()
        value = function(*args, **options)
        self.last = time.perf_counter() - start
        self.spent[direction, rule.name] += self.last
        self.counts[direction, rule.name] += 1
        return value

    def note(self, rule: Rule, inputs: tuple[Any, ...], output: Any) -> None:
        """Write the operation on Tensors down whose forward function returned last."""
        if self.keep:
            self.entries.append(Entry(rule.name, inputs, output, self.last))
