"""Rewriting a graph so that it needs less memory: operator fusion and in-place buffers."""

import numpy as np

from groundwork.scheduler.graph import Graph

# Operators that compute each output element from the input elements at the same place, so that a
# chain of them can run in one kernel. Names as in ATen; ONNX's, in lower case, are among them.
POINTWISE = frozenset(
    [
        "abs",
        "add",
        "addcdiv",
        "addcmul",
        "bitwise_and",
        "bitwise_not",
        "cast",
        "ceil",
        "clamp",
        "clip",
        "cos",
        "div",
        "elu",
        "elu_backward",
        "eq",
        "erf",
        "exp",
        "fused",
        "ge",
        "gelu",
        "gelu_backward",
        "greater",
        "gt",
        "hardtanh",
        "identity",
        "le",
        "leakyrelu",
        "less",
        "log",
        "logical_and",
        "logical_not",
        "lt",
        "masked_fill",
        "maximum",
        "minimum",
        "mul",
        "ne",
        "neg",
        "not",
        "pow",
        "reciprocal",
        "relu",
        "rsqrt",
        "rsub",
        "sigmoid",
        "sigmoid_backward",
        "sign",
        "silu",
        "silu_backward",
        "sin",
        "sqrt",
        "sub",
        "tanh",
        "tanh_backward",
        "threshold_backward",
        "where",
        "_to_copy",
    ]
)


def kind(op: str) -> str:
    """The bare name of an operator: `aten.add.Tensor` and `Add` are both `add`."""
    parts = op.lower().split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def pointwise(op: str) -> bool:
    """Whether an operator works element by element."""
    return kind(op) in POINTWISE


def fuse(graph: Graph, *, guard: bool = False) -> Graph:
    """The graph with chains of pointwise operators merged; what passes between them goes.

    A producer u merges into v only if v is its one consumer: a value with two consumers would have
    to be written anyway, or computed twice. Outputs, kept values and multi-output nodes stay.
    Merging u into its one consumer cannot close a cycle, since any other path from u would
    need another consumer.

    The merged node reads u's inputs at v's time, so they live longer. With `guard`, u merges only
    if its inputs together hold no more than u's output, and its workspace is no larger than v's;
    then no order gets worse (Theorem "guarded fusion"). Without, the least peak can rise.
    Checked by: tests/scheduler/test_fusion.py.
    """
    readers = graph.consumers()
    root = np.arange(len(graph))
    reads: list[list[int]] = [[] for _ in graph.ids]  # of the merged node so far, without repeats
    works = graph.workspaces.copy()
    ops = list(graph.ops)
    for v in _topological(graph, readers):
        for u in graph.inputs_of(v).tolist():
            if root[u] == v:  # u was merged into v when u's turn came
                reads[v] += reads[u]
                works[v] = max(works[v], works[u])
                ops[v] = f"fused.fused.{_label(ops[u])}+{_label(ops[v])}"
            else:
                reads[v].append(u)
        reads[v] = list(dict.fromkeys(reads[v]))
        if len(readers[v]) == 1 and _may_merge(graph, v, readers[v][0]):
            dying = sum(int(graph.sizes[u]) for u in reads[v] if not graph.keeps[u])
            user = readers[v][0]
            if not guard or (dying <= graph.sizes[v] and works[v] <= graph.workspaces[user]):
                root[v] = user
    return _keep_roots(graph, root, reads, works, ops)


def in_place(graph: Graph) -> Graph:
    """The graph with pointwise operators writing into an input that nobody else needs.

    v may take over input u only if v is u's one consumer, whatever the order; a value that the
    backward pass reads again is safe from it. The input must be large enough, and must not be a
    graph input, which belongs to the caller. Peaks never rise: v takes less while it runs.
    """
    readers = graph.consumers()
    takes = graph.inplace.copy()
    for v in range(len(graph)):
        if takes[v] >= 0 or not pointwise(graph.ops[v]) or graph.helds[v]:
            continue
        free = [
            u
            for u in graph.inputs_of(v).tolist()
            if readers[u] == [v]
            and not graph.keeps[u]
            and graph.ops[u] != "input"
            and graph.sizes[u] >= graph.sizes[v] > 0
        ]
        if free:
            takes[v] = min(free, key=lambda u: int(graph.sizes[u]))
    return Graph.from_arrays(
        graph.offsets,
        graph.inputs,
        graph.sizes,
        ids=graph.ids,
        workspaces=graph.workspaces,
        keeps=graph.keeps,
        helds=graph.helds,
        inplace=takes,
        ops=graph.ops,
    )


def _label(op: str) -> str:
    return op.split(".")[-1] if op.startswith("fused.") else kind(op)


def _topological(graph: Graph, readers: list[list[int]]) -> list[int]:
    pending = [len(set(graph.inputs_of(v).tolist())) for v in range(len(graph))]
    order = [v for v, count in enumerate(pending) if count == 0]
    for v in order:
        for c in readers[v]:
            pending[c] -= 1
            if pending[c] == 0:
                order.append(c)
    return order


def _may_merge(graph: Graph, u: int, v: int) -> bool:
    plain = not graph.keeps[u] and not graph.helds[u] and not graph.helds[v]
    return bool(
        plain
        and graph.inplace[v] < 0
        and graph.inplace[u] < 0
        and pointwise(graph.ops[u])
        and pointwise(graph.ops[v])
    )


def _keep_roots(
    graph: Graph,
    root: np.ndarray,
    reads: list[list[int]],
    works: np.ndarray,
    ops: list[str],
) -> Graph:
    stay = [v for v in range(len(graph)) if root[v] == v]
    number = {v: at for at, v in enumerate(stay)}
    inputs = [[number[u] for u in reads[v]] for v in stay]
    takes = [number[u] if (u := int(graph.inplace[v])) >= 0 else -1 for v in stay]
    return Graph.from_arrays(
        np.cumsum([0, *map(len, inputs)]),
        [u for read in inputs for u in read],
        graph.sizes[stay],
        ids=[graph.ids[v] for v in stay],
        workspaces=works[stay],
        keeps=graph.keeps[stay],
        helds=graph.helds[stay],
        inplace=takes,
        ops=[ops[v] for v in stay],
    )
