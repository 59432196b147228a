"""Exported programs: parts and views, changes in place, bodies, sizes that are open."""

import io
import json
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from groundwork.scheduler import Graph, GraphError, schedule
from groundwork.scheduler.cli import main
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


class Open(nn.Module):
    """Two open dimensions, a concatenation, and sizes that depend on data."""

    def __init__(self, data: bool) -> None:
        super().__init__()
        self.data = data

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        found = [torch.cat([x.sin(), y]).cos(), x.reshape(-1) * 2]
        if self.data:
            count = x.abs().sum().int().item()
            torch._check(count >= 0)
            torch._check(count <= 50)
            found += [torch.nonzero(x), torch.zeros(count) + 1]
        return found


def program(data: bool = False) -> torch.export.ExportedProgram:
    shapes = {"x": {0: Dim("batch", min=2, max=64)}, "y": {0: Dim("rows")}}
    return export(Open(data), (torch.ones(4, 3), torch.ones(8, 3)), dynamic_shapes=shapes)


def advised(exported: torch.export.ExportedProgram) -> dict[str, int]:
    """Follow the advice of each refusal until the program is taken."""
    dims: dict[str, int] = {}
    for size in (5, 7, 11, 13, 17):
        try:
            of_exported(exported, dims)
        except GraphError as problem:
            dims[str(problem).split("--dim ")[1].split("=8")[0]] = size
    return dims


def test_open_sizes_are_set_by_following_the_advice() -> None:
    dims = advised(program())
    assert sorted(dims.values()) == [5, 7]
    graph = of_exported(program(), dims)
    assert sorted((graph.sizes + graph.helds).tolist()) == [60, 60, 60, 84, 144, 144]
    data = program(data=True)
    dims = advised(data)
    assert sorted(dims.values()) == [5, 7, 11, 13]
    graph = of_exported(data, dims)
    assert int(graph.helds[node(graph, "nonzero")]) in (11 * 16, 13 * 16)
    zeros = node(graph, "zeros")
    assert runs_before(graph, node(graph, "item"), zeros)


@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize("data", [False, True])
def test_open_sizes_through_the_command(tmp_path, capsys, data: bool, loaded: bool) -> None:
    path, exported = tmp_path / "m.pt2", program(data)
    torch.export.save(exported, path)
    names = advised(torch.export.load(path) if loaded else exported)
    words = [word for name, size in names.items() for word in ("--dim", f"{name}={size}")]
    assert main(["import", str(path), *words]) == 0
    assert len(json.loads(capsys.readouterr().out)["nodes"]) > 5
    for wrong, problem in (
        (["--dim", "batch=8"], "no open dimension 'batch'; open are "),
        (words[:2] * 2, "gives a name twice"),
        (words[2:], "is open; set it, as in --dim "),
        ([*words[2:], "--dim", f"{next(iter(names))}=1000"], "must be 2 to 64, not 1000"),
    ):
        assert main(["import", str(path), *wrong]) == 1
        told = capsys.readouterr().err
        assert problem in told
        assert told.count("\n") == 1


def test_a_static_program_takes_no_dimension(tmp_path, capsys) -> None:
    path = tmp_path / "m.pt2"
    torch.export.save(export(Of(lambda x, _: x.sin()), (X,)), path)
    assert main(["import", str(path), "--dim", "batch=8"]) == 1
    assert "no open dimension 'batch'; it has none" in capsys.readouterr().err
    assert main(["import", str(path), "--infer-shapes"]) == 1
    assert "--infer-shapes is for .onnx files" in capsys.readouterr().err


def test_without_pytorch_one_line_names_the_extra(tmp_path, capsys, monkeypatch) -> None:
    path = tmp_path / "m.pt2"
    path.write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("groundwork.scheduler.torch")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"PK")))
    for source in (str(path), "-"):
        assert main(["import", source]) == 1
        told = capsys.readouterr().err
        assert "pip install 'groundwork[models]'" in told
        assert told.count("\n") == 1
