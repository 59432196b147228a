"""The door to the C++ core: arrays in, arrays out, errors as `ValueError`."""

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from groundwork.core import native

if TYPE_CHECKING:
    from groundwork.scheduler.graph import Graph

POLICIES = {
    "kahn": 0,
    "random": 1,
    "dfs": 2,
    "greedy-free": 3,
    "greedy-grow": 4,
    "lpmf": 5,
    "serenity": 6,
    "best": 7,
    "exact": 8,
}
TIES = {"oldest": 0, "newest": 1, "smallest": 2, "random": 3}


class _Graph(ctypes.Structure):
    _fields_ = [
        ("nodes", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("inputs", ctypes.c_void_p),
        ("sizes", ctypes.c_void_p),
        ("helds", ctypes.c_void_p),
        ("workspaces", ctypes.c_void_p),
        ("keeps", ctypes.c_void_p),
    ]


class _Options(ctypes.Structure):
    _fields_ = [
        ("policy", ctypes.c_int32),
        ("ties", ctypes.c_int32),
        ("seed", ctypes.c_uint64),
        ("time_limit", ctypes.c_double),
        ("states", ctypes.c_int64),
        ("effort", ctypes.c_int64),
        ("flow_work", ctypes.c_int64),
    ]


class Result(ctypes.Structure):
    """What the core reports beside the order: peak, proven bound (bytes), states, optimal."""

    _fields_ = [
        ("peak", ctypes.c_int64),
        ("lower_bound", ctypes.c_int64),
        ("states", ctypes.c_int64),
        ("optimal", ctypes.c_int32),
    ]


def _pointer(values: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.ctypes.data)


def _call(name: str, view: "_View", *arguments: Any) -> None:
    """Call the core; holding `view` here keeps its arrays alive until the core returns."""
    _run(name, view.struct, *arguments)


def _run(name: str, graph: _Graph, *arguments: Any) -> None:
    library = native.library("scheduler")
    library.groundwork_last_error.restype = ctypes.c_char_p
    status = getattr(library, name)(ctypes.byref(graph), *arguments)
    if status == 1:
        raise ValueError(library.groundwork_last_error().decode())
    if status == 2:
        raise MemoryError(f"{name}: out of memory")
    if status:
        raise RuntimeError(library.groundwork_last_error().decode())


class _View:
    """A graph's arrays in the layout of the core, kept alive while it runs."""

    def __init__(self, graph: "Graph") -> None:
        n = len(graph.ids)
        works = graph.workspaces
        if (users := np.flatnonzero(graph.inplace >= 0)).size:
            # In place: of the taken-over buffer, the part that the output fits in is not new.
            works = works.copy()
            works[users] -= np.minimum(graph.sizes[users], graph.sizes[graph.inplace[users]])
        self.arrays: list[NDArray[Any]] = [
            np.ascontiguousarray(graph.offsets, np.int64),
            np.ascontiguousarray(graph.inputs, np.int32),
            np.ascontiguousarray(graph.sizes, np.int64),
            np.ascontiguousarray(graph.helds, np.int64),
            np.ascontiguousarray(works, np.int64),
            np.ascontiguousarray(graph.keeps, np.uint8),
        ]
        if any(len(values) != n for values in self.arrays[2:]):
            raise ValueError("the arrays of a graph must have one entry for each node")
        if len(self.arrays[0]) != n + 1 or self.arrays[0][-1] != len(self.arrays[1]):
            raise ValueError("offsets must end at the number of inputs")
        self.struct = _Graph(n, *map(_pointer, self.arrays))


def cycle(graph: "Graph") -> list[int]:
    """Nodes of one cycle, each an input of the next; empty when there is none."""
    nodes, length = np.empty(len(graph.ids), np.int32), ctypes.c_int64()
    _call("gws_cycle", _View(graph), _pointer(nodes), ctypes.byref(length))
    return nodes[: length.value].tolist()


def schedule(
    graph: "Graph",
    policy: str,
    *,
    ties: str,
    seed: int,
    time_limit: float,
    states: int,
    effort: int,
    flow_work: int,
) -> tuple[NDArray[np.int32], Result]:
    """An order, as node numbers (N,), and its result."""
    order, result = np.empty(len(graph.ids), np.int32), Result()
    options = _Options(
        POLICIES[policy], TIES[ties], seed % 2**64, time_limit, states, effort, flow_work
    )
    _call(
        "gws_schedule",
        _View(graph),
        ctypes.byref(options),
        _pointer(order),
        ctypes.byref(result),
    )
    return order, result


def topological(offsets: NDArray[np.int64], inputs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Kahn's order of the nodes whose inputs are `inputs[offsets[v]:offsets[v + 1]]` (N,)."""
    if len(offsets) < 1 or offsets[-1] != len(inputs):
        raise ValueError("offsets must end at the number of inputs")
    order = np.empty(len(offsets) - 1, np.int32)
    graph = _Graph(len(order), _pointer(offsets), _pointer(inputs))
    _run("gws_topological", graph, _pointer(order))
    return order


def profile(
    graph: "Graph", order: NDArray[np.int32]
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Peak, bytes while each step runs (N,), bytes behind each step (N,)."""
    n, peak = len(graph.ids), ctypes.c_int64()
    if len(order) != n:
        raise ValueError("the order must hold every node once")
    during, after = np.empty(n, np.int64), np.empty(n, np.int64)
    _call(
        "gws_peak",
        _View(graph),
        _pointer(order),
        ctypes.byref(peak),
        _pointer(during),
        _pointer(after),
    )
    return peak.value, during, after


def intervals(
    graph: "Graph", order: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Step at which each value is born (N,), and the first step without it (N,)."""
    n = len(graph.ids)
    if len(order) != n:
        raise ValueError("the order must hold every node once")
    births, deaths = np.empty(n, np.int64), np.empty(n, np.int64)
    _call("gws_intervals", _View(graph), _pointer(order), _pointer(births), _pointer(deaths))
    return births, deaths


def bound(graph: "Graph", order: NDArray[np.int32], flow_work: int) -> int:
    """The minimum-cut lower bound on every order's peak (bytes)."""
    value = ctypes.c_int64()
    _call(
        "gws_bound",
        _View(graph),
        _pointer(order),
        ctypes.c_int64(flow_work),
        ctypes.byref(value),
    )
    return value.value
