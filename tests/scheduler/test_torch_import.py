"""Exported programs: parts and views, changes in place, bodies."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.export import export

from groundwork.scheduler import Graph, schedule
from groundwork.scheduler.torch_import import inference, of_exported

X = torch.zeros(4, 6)  # 96 bytes


class Of(nn.Module):
    """A module of a function; `weight` is a buffer of the same shape as the input."""

    def __init__(self, run: Callable[..., object]) -> None:
        super().__init__()
        self.run = run
        self.register_buffer("weight", torch.ones(4, 6))

    def forward(self, x: Tensor) -> object:
        return self.run(x, self.weight)


def graph_of(run: Callable[..., object]) -> Graph:
    return inference(Of(run), (X,))


def node(graph: Graph, op: str, at: int = 0) -> int:
    return [v for v, name in enumerate(graph.ops) if name.startswith(f"aten.{op}.")][at]


def ops(graph: Graph) -> list[str]:
    return [op.split(".")[1] for op in graph.ops if "." in op]


def runs_before(graph: Graph, first: int, later: int) -> bool:
    """Whether every order has `first` before `later`."""
    stack, seen = [later], set()
    while stack:
        for u in graph.inputs_of(stack.pop()).tolist():
            if u not in seen:
                seen.add(u)
                stack.append(u)
    return first in seen


PARTS = {
    "unbind": lambda y: y.unbind(0)[2],
    "chunk": lambda y: y.chunk(3, dim=1)[1],
    "split": lambda y: y.split(2, dim=1)[2],
    "split sizes": lambda y: y.split([1, 3])[1],
    "tensor_split": lambda y: y.tensor_split(3)[1],
    "tensor_split at": lambda y: y.tensor_split((1, 2), dim=1)[2],
    "hsplit": lambda y: y.hsplit(2)[1],
    "vsplit": lambda y: y.vsplit(2)[1],
    "unsafe_split": lambda y: torch.unsafe_split(y, 2)[1],
    "unsafe_chunk": lambda y: torch.unsafe_chunk(y, 2)[1],
    "iteration": lambda y: list(y)[1],
    "split of split": lambda y: y.split(2)[1].unbind(1)[3],
    "select": lambda y: y[1],
    "expand": lambda y: y[0].expand(4, 6),
    "as_strided": lambda y: torch.as_strided(y, (2, 2), (1, 6), 3),
    "contiguous": lambda y: y.contiguous(),
    "same type": lambda y: y.to(torch.float32),
    "same device": lambda y: y.to("cpu"),
    "view_as_real": lambda y: torch.view_as_complex(y.view(4, 3, 2)).real,
    "dropout": lambda y: nn.functional.dropout(y, 0.3, training=False),
    "detach": lambda y: y.detach(),
    "broadcast_tensors": lambda y: torch.broadcast_tensors(y[:, :1], y)[0],
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_parts_and_views_are_the_value_they_view(part: Callable[[Tensor], Tensor]) -> None:
    """Behind an operator of two outputs, so that a part's number is no number of an output."""
    graph = graph_of(lambda x, _: (part(x.topk(5)[0].exp().repeat(1, 6)[:, :6].exp()).sin(), x))
    last = node(graph, "exp", 1)
    assert graph.inputs_of(node(graph, "sin")).tolist() == [last]
    assert ops(graph) == ["topk", "exp", "repeat", "exp", "sin"]


def test_outputs_of_topk_are_kept_apart_from_parts() -> None:
    pair = graph_of(lambda x, _: (x.topk(2)[1].chunk(2)[1] + 1, x.topk(2)[0].unbind(1)[0].sin()))
    indices, values = node(pair, "add"), node(pair, "sin")
    assert pair.sizes[pair.inputs_of(indices)].tolist() == [64]  # int64, 4 × 2
    assert pair.sizes[pair.inputs_of(values)].tolist() == [32]  # float32, 4 × 2


def test_what_copies_is_no_view() -> None:
    """`reshape`, `contiguous` and `to` copy only where they must."""
    graph = graph_of(lambda x, _: x.sin().t().reshape(-1).cos())
    assert ops(graph) == ["sin", "reshape", "cos"]
    assert ops(graph_of(lambda x, _: x.sin().t().contiguous().cos()))[1] == "contiguous"
    wide = graph_of(lambda x, _: x.sin().to(torch.float64).cos())
    assert int(wide.sizes[node(wide, "to")]) == 192


def test_our_own_transformer() -> None:
    from groundwork.transformer.model import GPT, GPTConfig

    torch.manual_seed(0)
    sizes = {"context": 8, "layers": 2, "heads": 2, "width": 16, "hidden": 32}
    model = GPT(GPTConfig(vocabulary=17, **sizes)).eval()
    graph = inference(model, (torch.zeros(2, 8, dtype=torch.long),))
    assert schedule(graph, "best").peak >= graph.sizes.max() > 0
    assert not {"split", "chunk", "unbind", "view", "transpose"} & set(ops(graph))


CHANGES = {
    "add_": lambda y: y.add_(1),
    "out": lambda y: torch.mul(y.cos(), 2, out=y),
    "copy_": lambda y: y.copy_(y.cos()),
    "index_put_": lambda y: y.__setitem__(torch.tensor([1]), 1.0),
    "slice": lambda y: y[:, 1:3].fill_(2),
    "part": lambda y: y.unbind(0)[1].zero_(),
    "view of view": lambda y: y.t()[2].view(2, 2).mul_(3),
    "masked_fill_": lambda y: y.masked_fill_(y > 0, 0.0),
    "relu inplace": lambda y: nn.functional.relu(y, inplace=True),
    "foreach": lambda y: torch._foreach_mul_([y], 2.0),
    "scatter_": lambda y: y.scatter_(0, torch.zeros(1, 6, dtype=torch.long), 1.0),
    "addmm_": lambda y: y.addmm_(y[:, :2].cos(), y[:2].cos()),
    "through detach": lambda y: y.detach().neg_(),
    "no_grad": lambda y: torch.no_grad()(lambda: y.add_(1))(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_reads_stay_on_their_side_of_a_change(change: Callable[[Tensor], object]) -> None:
    def run(x: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.relu(x)
        before = y * 2
        change(y)
        return before, y.sin()

    graph = graph_of(run)
    early, late = node(graph, "mul"), node(graph, "sin")
    after_early = [v for v in range(len(graph)) if runs_before(graph, early, v)]
    between = [v for v in after_early if runs_before(graph, v, late) and graph.ops[v] != "order"]
    assert between, "the change is behind the first read and before the second"
    change_node = next(v for v in between if graph.sizes[v] + graph.helds[v] == 0)
    assert graph.workspaces[change_node] == 0
    assert node(graph, "relu") in graph.inputs_of(late)


def test_the_instance_from_the_report() -> None:
    def run(x: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.relu(x)
        a = y * 2
        y.add_(1)
        return a, y

    graph = graph_of(run)
    assert runs_before(graph, node(graph, "mul"), node(graph, "add_"))
    assert int((graph.sizes + graph.helds + graph.workspaces).sum()) == 3 * 96
    assert {schedule(graph, "random", seed=k).peak for k in range(20)} == {2 * 96}


class Tied(nn.Module):
    """An embedding and a head, of one matrix or of two."""

    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.embedding(ids))


def test_a_tied_weight_takes_no_memory_twice() -> None:
    """`torch.export` of 2.13 lists it twice, once unused."""
    one, two = (
        inference(Tied(tied), (torch.zeros(3, dtype=torch.long),)) for tied in (True, False)
    )
    assert one.to_dict() == two.to_dict()
    assert int(one.sizes.sum() + one.helds.sum()) == 3 * (8 + 16 + 24)  # ids, rows, logits


def test_changed_weights_and_inputs() -> None:
    def run(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        first = weight * x
        weight.mul_(0.5)
        x.add_(1)
        return first, weight + 1

    graph = graph_of(run)
    assert runs_before(graph, node(graph, "mul"), node(graph, "mul_"))
    assert runs_before(graph, node(graph, "mul_"), node(graph, "add"))
    assert runs_before(graph, node(graph, "mul"), node(graph, "add_"))
    assert int(graph.helds[list(graph.ids).index("x")]) == 96  # the caller sees the change


@pytest.mark.parametrize("statistics", ["running_mean", "running_var"])
def test_statistics_of_batch_norm_are_changed_though_the_schema_is_silent(statistics: str) -> None:
    norm = nn.BatchNorm1d(6)
    norm.train()

    def run(x: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
        return norm(x), getattr(norm, statistics) + 1

    module = Of(run)
    module.norm = norm
    graph = inference(module, (X,))
    assert runs_before(graph, node(graph, "batch_norm"), node(graph, "add"))


def test_a_functional_program_writes_back_at_the_end() -> None:
    def run(x: Tensor, weight: Tensor) -> Tensor:
        y = weight * 2
        weight.add_(x)
        x.mul_(3)
        return y

    program = export(Of(run), (X,)).run_decompositions({})
    graph = of_exported(program)
    for back in (node(graph, "copy_"), node(graph, "copy_", 1)):
        assert int(graph.sizes[back] + graph.helds[back]) == 0
    assert runs_before(graph, node(graph, "mul"), node(graph, "copy_"))


def test_bodies_that_run_once_are_written_out() -> None:
    def run(x: Tensor, _: Tensor) -> Tensor:
        y = x.sin()
        with torch.no_grad():
            z = y.view(-1)
            w = z.cos()
            y.add_(1)
        with torch.autocast("cpu", enabled=False):
            return w.exp() + y.view(-1)

    graph = graph_of(run)
    assert ops(graph) == ["sin", "cos", "add_", "exp", "add"]
    assert runs_before(graph, node(graph, "cos"), node(graph, "add_"))


def test_memory_inside_a_condition_and_a_loop() -> None:
    """The larger branch holds 2 × 96 bytes beside its input; its output is one of the two."""

    def choose(x: Tensor, weight: Tensor) -> Tensor:
        branches = (lambda a: (a.sin() + weight).cos(), lambda a: a.neg())
        return torch.cond(x.sum() > 0, *branches, (x,))

    graph = graph_of(choose)
    at = list(graph.ops).index("cond")
    assert (int(graph.helds[at]), int(graph.workspaces[at])) == (96, 96)
    assert len(graph.inputs_of(at)) == 2

    def repeat(x: Tensor, _: Tensor) -> Tensor:
        from torch._higher_order_ops.while_loop import while_loop

        def turn(i: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
            return i + 1, a.sin().cos()

        return while_loop(lambda i, _: i < 3, turn, (torch.tensor(0), x))[1]

    looped = graph_of(repeat)
    at = list(looped.ops).index("while_loop")
    assert int(looped.workspaces[at]) >= 192  # the next state, and what it is computed from
