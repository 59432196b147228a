"""Walk the graphs of an exported program, bodies of control flow included."""

import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch
from torch._ops import HigherOrderOperator, OpOverload
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.policies import peak_memory
from groundwork.scheduler.torch_sizes import Sizes, depends_on_data
from groundwork.scheduler.torch_storage import Values, changed, flat, results, values_in
from groundwork.scheduler.trace import Trace, Value

# Checks that read shapes and types, no data: they keep no tensor alive.
SHAPE_CHECKS = ("aten._assert_tensor_metadata.", "aten.sym_constrain_range")
# Operators that run a body once, for gradient mode, autocast, or to compute it again later.
ONCE = frozenset(
    (
        *("wrap", "wrap_with_set_grad_enabled", "wrap_with_autocast", "wrap_activation_checkpoint"),
        *("tag_activation_checkpoint", "invoke_subgraph", "strict_mode", "hints_wrapper"),
        "run_const_graph",
    )
)


class Walk:
    """One pass over the nodes of a program, entered into a trace."""

    def __init__(self, trace: Trace, sizes: Sizes) -> None:
        self.trace, self.sizes = trace, sizes
        self.storages: dict[int, Value] = {}

    def resident(self, tensor: Any) -> Value:
        """The value of a weight; weights that share a storage are one."""
        if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
            return self.trace.resident()
        key = tensor.untyped_storage()._cdata
        return self.storages.setdefault(key, self.trace.resident())

    def run(self, module: GraphModule, bound: Sequence[Any], prefix: str = "") -> Any:
        """Enter a graph's operators, its placeholders bound to values; returns its outputs'."""
        values: Values = {}
        places = iter(bound)
        for node in module.graph.nodes:
            if node.op == "placeholder":
                values[node] = next(places)
            elif node.op == "get_attr":
                found = reduce(getattr, node.target.split("."), module)
                values[node] = found if isinstance(found, GraphModule) else self.resident(found)
            elif node.op == "output":
                return map_arg(node.args[0], values.__getitem__)
            elif node.op == "call_function":
                values[node] = self._call(node, values, prefix)
            else:
                raise GraphError(f"node {node.name!r}: {node.op} is not of an exported program")
        return ()

    def _call(self, node: Node, values: Values, prefix: str) -> Any:
        if isinstance(node.target, HigherOrderOperator):
            return self._higher(node, values, prefix)
        reads = values_in((node.args, node.kwargs), values)
        if not isinstance(node.target, OpOverload):
            source = values.get(node.args[0]) if node.args else None  # type: ignore[arg-type]
            if node.target is operator.getitem and isinstance(source, (tuple, list, dict)):
                return source[node.args[1]]  # type: ignore[index, call-overload]
            return frozenset(reads)  # arithmetic of sizes
        if str(node.target).startswith(SHAPE_CHECKS):
            return None
        return self._operator(node, values, prefix, reads)

    def _operator(self, node: Node, values: Values, prefix: str, reads: list[Value]) -> Any:
        leaves, shape = tree_flatten(node.meta.get("val"))
        scalars = [at for at, leaf in enumerate(leaves) if depends_on_data(leaf)]
        writes = changed(node, values)
        places, new = self._placed(node, values)
        acts = bool(new or scalars or writes) or node.meta.get("val") in (None, ())
        if not acts:  # a view, or a size that is known beforehand
            return tree_unflatten([frozenset() if p is None else p for p in places], shape)
        parts = new + [0] * len(scalars)
        number = self.trace.add(prefix + node.name, str(node.target), reads, parts, writes)
        made: list[Any] = [Value(number, p) if isinstance(p, int) else p for p in places]
        for extra, at in enumerate(scalars, start=len(new)):
            made[at] = frozenset([Value(number, extra)])
        return tree_unflatten(made, shape)

    def _placed(self, node: Node, values: Values) -> tuple[list[Value | int | None], list[int]]:
        leaves = tree_leaves(node.meta.get("val"))
        if any(isinstance(leaf, torch.Tensor) for leaf in leaves):
            return results(node, values, self.sizes)
        return [None] * len(leaves), []

    def _higher(self, node: Node, values: Values, prefix: str) -> Any:
        """An operator that runs bodies: written out where it runs one once, else one node."""
        given = tree_leaves((node.args, node.kwargs))
        given = [values[g] if isinstance(g, Node) else g for g in given]
        bodies = [at for at, g in enumerate(given) if isinstance(g, GraphModule)]
        operands = [g for g in given[bodies[-1] + 1 :] if not isinstance(g, str)] if bodies else []
        name = node.target.name()  # type: ignore[union-attr]
        if len(bodies) == 1 and name in ONCE:
            body = given[bodies[0]]
            if len(operands) == len(_places(body)):
                return self.run(body, operands, f"{prefix}{node.name}.")
        leaves, shape = tree_flatten(node.meta.get("val"))
        new = [self.sizes.bytes(leaf, node.name) for leaf in leaves]
        works, writes = [0], []
        for at in bodies:
            work, places = self._body(given[at])
            works.append(work - (sum(new) if name == "cond" else 0))
            if len(operands) == len(_places(given[at])):
                writes += [value for place in places for value in flat(operands[place])]
        reads = flat([g for g in given if not isinstance(g, GraphModule)])
        number = self.trace.add(prefix + node.name, name, reads, new, writes, max(works))
        made = [
            Value(number, at) if isinstance(leaf, torch.Tensor) else frozenset([Value(number, at)])
            for at, leaf in enumerate(leaves)
        ]
        return tree_unflatten(made, shape)

    def _body(self, body: GraphModule) -> tuple[int, list[int]]:
        """Peak of a body in the order given, its outputs included; placeholders it changes.

        A loop holds the state of one step beside the next: the first is its own output. Of the
        branches of a condition only one runs, and its outputs are those of the condition.
        """
        inner = Trace()
        bound = [inner.resident() for _ in _places(body)]
        inner.kept |= set(flat(Walk(inner, self.sizes).run(body, bound)))
        graph = inner.graph()
        peak = peak_memory(graph, range(len(graph))) if len(graph) else 0
        return peak, [at for at, value in enumerate(bound) if value in inner.writers]


def _places(body: GraphModule) -> list[Node]:
    return [node for node in body.graph.nodes if node.op == "placeholder"]
