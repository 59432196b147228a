"""Which buffers an operator of PyTorch shares and which it changes."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import Node
from torch.fx.node import map_arg
from torch.utils._pytree import tree_leaves, tree_map

from groundwork.scheduler.torch_sizes import Sizes
from groundwork.scheduler.trace import Value

Values = dict[Node, Any]  # of each node: a structure of values like that of its results

# Normalisations update these in training, though their schemas do not say so.
STATISTICS = ("running_mean", "running_var")
TRAINING = ("training", "train", "use_input_stats")


def values_in(argument: Any, values: Values) -> list[Value]:
    """Every buffer, or scalar known only from data, that an argument of a node holds."""
    found: list[Value] = []
    map_arg(argument, lambda node: found.extend(flat(values[node])))
    return found


def flat(structure: Any) -> list[Value]:
    """The values of a structure in which a scalar is the set of values it was computed from."""
    found: list[Value] = []
    for leaf in tree_leaves(structure):
        found += sorted(leaf, key=repr) if isinstance(leaf, frozenset) else [leaf]
    return [leaf for leaf in found if isinstance(leaf, Value)]


def changed(node: Node, values: Values) -> list[Value]:
    """The buffers that an operator changes in place, by its schema."""
    if node.target is torch.ops.aten.detach_.default:  # of autograd's records alone
        return []
    named = list(_arguments(node))
    trains = any(given is True for argument, given in named if argument.name in TRAINING)
    found: list[Value] = []
    for argument, given in named:
        declared = argument.alias_info is not None and argument.alias_info.is_write
        if declared or (trains and argument.name in STATISTICS):
            found += values_in(given, values)
    return found


def results(node: Node, values: Values, sizes: Sizes) -> tuple[list[Value | int | None], list[int]]:
    """Where each tensor that an operator returns lies: in an argument's buffer or in a new one.

    For each leaf of the result: the value whose buffer it shares, or the number of a new buffer,
    or None for what is no tensor; and the bytes of the new buffers. The operator itself says: it
    runs on tensors that have storages but no data, so that `reshape`, `contiguous`, `to` or
    dropout outside training, which copy only where they must, are answered for these very shapes.
    Where it cannot run so (its sizes depend on data), its schema answers.
    """
    leaves = tree_leaves(node.meta.get("val"))
    owners: dict[int, Value] = {}
    try:
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            like = _stand_ins(values, sizes, owners)
            arguments = map_arg(node.args, like), map_arg(node.kwargs, like)
            made = tree_leaves(node.target(*arguments[0], **arguments[1]))  # type: ignore[operator]
            storages = [m.untyped_storage() if torch.is_tensor(m) else None for m in made]
    except Exception:  # whatever a kernel says of tensors without data
        return _by_schema(node, values, sizes)
    if len(storages) != len(leaves):
        return _by_schema(node, values, sizes)
    found: list[Value | int | None] = []
    fresh: dict[int, int] = {}
    new: list[int] = []
    for storage in storages:
        if storage is None:
            found.append(None)
        elif storage._cdata in owners:
            found.append(owners[storage._cdata])
        else:
            if storage._cdata not in fresh:
                fresh[storage._cdata] = len(new)
                new.append(int(storage.nbytes()))
            found.append(fresh[storage._cdata])
    return found, new


def _stand_ins(values: Values, sizes: Sizes, owners: dict[int, Value]) -> Callable[[Node], Any]:
    """Tensors without data in place of a node's results; `owners` learns whose storage is whose."""
    made: dict[Node, Any] = {}

    def like(node: Node) -> Any:
        if node not in made:
            made[node] = tree_map(sizes.like, node.meta.get("val"))
            pairs = zip(tree_leaves(made[node]), tree_leaves(values[node]), strict=True)
            for stand_in, value in pairs:
                if torch.is_tensor(stand_in) and isinstance(value, Value):
                    owners[stand_in.untyped_storage()._cdata] = value
        return made[node]

    return like


def _by_schema(
    node: Node, values: Values, sizes: Sizes
) -> tuple[list[Value | int | None], list[int]]:
    schema = node.target._schema  # type: ignore[union-attr]
    shared = [v for a, given in _arguments(node) if a.alias_info for v in values_in(given, values)]
    found: list[Value | int | None] = []
    new: list[int] = []
    leaves = tree_leaves(node.meta.get("val"))
    single = len(schema.returns) != len(leaves)  # one list
    for at, leaf in enumerate(leaves):
        told = schema.returns[0 if single else at].alias_info if schema.returns else None
        if not isinstance(leaf, torch.Tensor):
            found.append(None)
        elif told is not None and shared:
            found.append(shared[0])
        else:
            found.append(len(new))
            new.append(sizes.bytes(leaf, node.name))
    return found, new


def _arguments(node: Node) -> Iterator[tuple[Any, Any]]:
    """(declared argument, what the node gives for it)."""
    assert isinstance(node.target, OpOverload)
    for at, argument in enumerate(node.target._schema.arguments):
        if at < len(node.args):
            yield argument, node.args[at]
        elif argument.name in node.kwargs:
            yield argument, node.kwargs[argument.name]
