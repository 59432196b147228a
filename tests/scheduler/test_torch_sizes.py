"""Exported programs whose sizes are open, and the command that imports them."""

import io
import json
import sys

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from groundwork.scheduler import Graph, GraphError
from groundwork.scheduler.cli import main
from groundwork.scheduler.torch_import import of_exported


class Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sin()


def at(graph: Graph, op: str) -> int:
    return list(graph.ops).index(f"aten.{op}.default")


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
    assert int(graph.helds[at(graph, "nonzero")]) in (11 * 16, 13 * 16)
    assert at(graph, "item") in graph.inputs_of(at(graph, "zeros"))


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
    torch.export.save(export(Sine(), (torch.zeros(4, 6),)), path)
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
