"""Models made into graphs: exported, traced with backward, ONNX bytes written by hand."""

import json

import pytest
import torch
from onnx_bytes import field, info
from onnx_bytes import node as operator
from torch import nn

from groundwork.scheduler import Graph, GraphError, schedule
from groundwork.scheduler.cli import main
from groundwork.scheduler.onnx_import import of_onnx
from groundwork.scheduler.torch_import import inference, training

BATCH = 4


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))


def test_forward_sizes_come_from_shapes() -> None:
    graph = inference(model(), (torch.zeros(BATCH, 8),))
    assert [int(size) for size in graph.sizes + graph.helds] == [128, 256, 256, 32]
    assert graph.ops[0] == "input"


def test_views_share_their_base() -> None:
    class Turn(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sin().transpose(0, 1).reshape(-1).cos()

    graph = inference(Turn(), (torch.zeros(4, 1),))
    assert [op.split(".")[1] for op in graph.ops if "." in op][-1] == "cos"
    assert not any("transpose" in op for op in graph.ops)


def test_training_keeps_what_backward_reads_and_every_gradient() -> None:
    net = model()
    graph = training(net, (torch.zeros(BATCH, 8),), lambda y: y.square().mean())
    gradients = sum(4 * p.numel() for p in net.parameters())
    assert int(graph.helds.sum()) + int(graph.sizes[graph.keeps].sum()) == gradients + 4
    relu = graph.ops.index("aten.relu.default")
    readers = {graph.ops[c] for c in graph.consumers()[relu]}
    assert "aten.threshold_backward.default" in readers
    assert schedule(graph, "exact").optimal


def test_outputs_of_one_operator_die_apart() -> None:
    """Batch norm's result dies early; its saved mean lives until the backward pass."""
    net = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU(), nn.Flatten()
    )
    graph = training(net, (torch.zeros(2, 3, 5, 5),), lambda y: y.square().mean())
    norm = graph.ops.index("aten.native_batch_norm.default")
    assert int(graph.sizes[norm]) == 2 * 4 * 25 * 4
    assert {graph.ops[c] for c in graph.consumers()[norm]} == {"aten.relu.default"}
    assert list(graph.ops).count("output") == 2


def test_exported_program_through_the_command(tmp_path) -> None:
    path = tmp_path / "model.pt2"
    torch.export.save(torch.export.export(model(), (torch.zeros(BATCH, 8),)), path)
    out = tmp_path / "graph.json"
    assert main(["import", str(path), "--out", str(out)]) == 0
    assert len(Graph.from_json(out)) == 4


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 cut short", None])
def test_a_file_that_is_no_program_is_one_line_and_status_one(tmp_path, capfd, data) -> None:
    path = tmp_path / "model.pt2"
    if data is None:  # a sound archive that torch wrote, but of weights
        torch.save(model().state_dict(), path)
    else:
        path.write_bytes(data)
    assert main(["import", str(path)]) == 1
    problem = capfd.readouterr().err
    assert "saved by torch.export.save" in problem
    assert problem.count("\n") == 1


def onnx(*, middle: bytes = field(13, info("h", "n", 5))) -> bytes:
    steps = [("MatMul", ["x", "w"], ["h"]), ("Reshape", ["h"], ["r"]), ("Relu", ["r"], ["y"])]
    graph = b"".join(field(1, operator(*step)) for step in steps) + field(5, field(8, "w"))
    graph += field(11, info("x", "n", 3)) + field(11, info("w", 3, 5))
    graph += field(12, info("y", "n", 5)) + middle
    return field(1, 8) + field(7, graph)


def test_onnx_sizes_views_and_open_dimensions() -> None:
    graph = of_onnx(onnx(), {"n": 2})
    assert list(graph.ids) == ["x", "h", "y"]
    assert (graph.sizes + graph.helds).tolist() == [24, 40, 40]
    assert graph.inputs_of(2).tolist() == [1]
    with pytest.raises(GraphError, match="dimension 'n' is open; set it, as in --dim n=8"):
        of_onnx(onnx())
    with pytest.raises(GraphError, match="value 'h': nothing says its shape"):
        of_onnx(onnx(middle=b""), {"n": 2})


def test_onnx_command_and_bytes_that_are_no_model(tmp_path, capsys) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx())
    assert main(["import", str(path), "--dim", "n=2"]) == 0
    assert len(json.loads(capsys.readouterr().out)["nodes"]) == 3
    good = onnx()
    for cut in range(len(good)):
        with pytest.raises(ValueError, match=r".+"):
            of_onnx(good[:cut] + b"\xff", {"n": 2})
