"""The recorded graph, and the one walk that turns it into gradients.

Each recorded operation leaves a `Node`: its rule, where its operands came from (`edges`), and the
values that the rule keeps. A node never refers to the Tensor it made, so there is no cycle, and
values go the moment nothing needs them. The walk is Kahn's algorithm on the reversed graph: a
node is ready once every consumer has paid its part, so that each is visited exactly once and no
recursion limit applies.
"""

import inspect
import threading
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import ContextDecorator
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from groundwork.autograd import rules
from groundwork.autograd.rules import Rule, call
from groundwork.autograd.tape import Tape


class Spec(NamedTuple):
    """What is left of a value that no derivative reads."""

    shape: tuple[int, ...]
    dtype: np.dtype


class _Mode(threading.local):
    """Whether operations are recorded, and the tape that listens: per thread.

    `outer` holds what was in force around each block entered by this thread; a guard itself holds
    nothing, so that threads can share one.
    """

    recording = True
    tape: Tape | None = None

    def __init__(self) -> None:
        self.outer: list[bool] = []


mode = _Mode()


def run(
    direction: str, rule: Rule, function: Callable[..., Any], /, *args: Any, **options: Any
) -> Any:
    """A rule's forward function or pullback: all pass here, and this is where a tape listens."""
    if mode.tape is None:
        return function(*args, **options)
    return mode.tape.timed(direction, rule, function, *args, **options)


class set_grad(ContextDecorator):
    """Turn recording on or off within a block or a function, in the thread that runs it.

    A decorated generator runs each of its steps so, and what it yields to is left as it was.
    Raises `TypeError` for a coroutine function: its body runs after the decorated call returned.
    """

    def __init__(self, recording: bool) -> None:
        self.recording = recording

    def __enter__(self) -> None:
        mode.outer.append(mode.recording)
        mode.recording = self.recording

    def __exit__(self, *problem: object) -> None:
        mode.recording = mode.outer.pop()

    def __call__(self, function: Any) -> Any:
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__name__} is a coroutine: open the block inside it instead")
        if not inspect.isgeneratorfunction(function):
            return super().__call__(function)

        @wraps(function)
        def steps(*args: Any, **options: Any) -> "_Steps":
            return _Steps(self, function(*args, **options))

        return steps


class _Steps(Generator[Any, Any, Any]):
    """A generator of which each step runs within `guard`."""

    def __init__(self, guard: set_grad, inner: Generator[Any, Any, Any]) -> None:
        self.guard, self.inner = guard, inner

    def send(self, value: Any) -> Any:
        with self.guard:
            return self.inner.send(value)

    def throw(self, *problem: Any) -> Any:
        with self.guard:
            return self.inner.throw(*problem)


class no_grad(set_grad):
    """Within this block (or decorated function) nothing is recorded: for evaluation and updates."""

    def __init__(self) -> None:
        super().__init__(False)


class Node:
    """One recorded operation.

    `edges`: per operand the Node that made it, the leaf Tensor itself, or None for a constant.
    `operands`: the Tensors, numbers or Specs that the rule's pullbacks are given. `out`: the
    result's array where the rule keeps it, else None. `readings`: the kept operands' change
    counters at record time, None for the others.
    """

    __slots__ = ("edges", "operands", "options", "out", "readings", "rule")

    def __init__(
        self,
        rule: Rule,
        edges: tuple[Any, ...],
        operands: tuple[Any, ...],
        options: dict[str, Any],
        out: Any,
        readings: tuple[int | None, ...],
    ) -> None:
        self.rule, self.edges, self.operands = rule, edges, operands
        self.options, self.out, self.readings = options, out, readings

    def check(self) -> None:
        """Raise `RuntimeError` if the graph is gone or a kept value was changed in place."""
        if self.edges is FREED:
            raise RuntimeError(
                f"backward() meets {self.rule.name} a second time, but its graph was freed; "
                "run the forward pass again, or keep the graph with create_graph=True"
            )
        for operand, reading in zip(self.operands, self.readings, strict=True):
            if reading is not None and operand._version[0] != reading:
                raise RuntimeError(
                    f"{self.rule.name}: an operand's data was changed after it was used and before "
                    "backward(), so its derivative would be wrong; call backward() first"
                )

    def pull(self, gradient: Any, out: Any, operands: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
        """Pairs (edge, gradient of that operand), one per operand that wants one."""
        for position, edge in enumerate(self.edges):
            if edge is not None:
                vjp = self.rule.vjps[position]
                part = run("backward", self.rule, vjp, gradient, out, *operands, **self.options)
                part = fit(part, operands[position])
                if not isinstance(edge, Node):
                    if part.dtype.kind != "f":
                        raise TypeError(f"a leaf of {part.dtype} has no gradient: use floats")
                    if part is gradient or _array(part).base is not None:
                        part = call(rules.COPY, part)  # a leaf's `.grad` shares no memory
                yield edge, part

    def free(self) -> None:
        """Let go of every value; a second backward through this node is refused."""
        self.edges, self.operands, self.readings, self.out = FREED, (), (), None


FREED: tuple[Any, ...] = ("freed",)  # the `edges` of a node whose graph is gone


def fit(gradient: Any, operand: Any) -> Any:
    """`gradient` in the operand's own shape and dtype: broadcasting undone, once for every rule.

    Broadcasting repeats an entry along new leading axes and along axes of length 1; the chain
    rule adds up what each copy receives, so those axes are summed.

    Checked by: tests/autograd/test_operations.py (random broadcast shapes against PyTorch).
    """
    shape = operand.shape
    if gradient.shape != shape:
        extra = len(gradient.shape) - len(shape)
        repeated = [extra + i for i, n in enumerate(shape) if n == 1 != gradient.shape[extra + i]]
        gradient = gradient.sum(axis=(*range(extra), *repeated)).reshape(shape)
    if gradient.dtype != operand.dtype:
        gradient = call(rules.CAST, gradient, dtype=operand.dtype)
    return gradient


def _uses(root: Node) -> dict[Node, int]:
    """How many edges lead into each node below `root`, from nodes below `root`.

    Every node is checked here, before the walk: a refused backward leaves the graph as it was.
    """
    uses = {root: 0}
    stack = [root]
    while stack:
        node = stack.pop()
        node.check()
        for edge in node.edges:
            if isinstance(edge, Node):
                if edge in uses:
                    uses[edge] += 1
                else:
                    uses[edge] = 1
                    stack.append(edge)
    return uses


def backpropagate(
    root: Node, seed: Any, rewrap: Any = None, wanted: Collection[Node] = ()
) -> dict[Any, Any]:
    """Gradients of the leaves below `root`, given `seed`, the gradient of root's result.

    `seed` is an array, and the graph is freed behind the walk; or it is a Tensor, with `rewrap`
    to turn a node's kept result into a Tensor again: then every step is recorded and the graph
    stays. Returns leaf → gradient, and Node → gradient of its result for the nodes `wanted`.

    Source: Kahn, "Topological sorting of large networks", 1962; reverse accumulation: Linnainmaa,
    "Taylor expansion of the accumulated rounding error", 1976.
    """
    waiting = _uses(root)
    gradients: dict[Any, Any] = {root: seed}
    leaves: dict[Any, Any] = {}
    ready = [root]
    while ready:
        node = ready.pop()
        gradient = gradients.pop(node)
        if node in wanted:
            leaves[node] = call(rules.COPY, gradient)  # as a leaf's: it shares no memory
        out, operands = node.out, node.operands
        if rewrap is not None:
            out = rewrap(node)
        else:
            operands = tuple(_array(operand) for operand in operands)
        for edge, part in node.pull(gradient, out, operands):
            inner = isinstance(edge, Node)
            total = gradients if inner else leaves
            total[edge] = total[edge] + part if edge in total else part
            if inner:
                waiting[edge] -= 1
                if waiting[edge] == 0:
                    ready.append(edge)
        if rewrap is None:
            node.free()
    return leaves


def _array(operand: Any) -> Any:
    return operand.data if hasattr(operand, "apply") else operand
