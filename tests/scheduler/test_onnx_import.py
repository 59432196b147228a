"""ONNX models: bodies of control flow, values of unknown size, open dimensions, weights."""

import json
import re
import sys
import warnings
from pathlib import Path

import pytest
from onnx_bytes import field, graph, info, model, node, unshaped

from groundwork.scheduler import Graph, GraphError
from groundwork.scheduler.cli import main
from groundwork.scheduler.onnx_import import of_onnx

X, H, Y = info("x", 4), info("h", 4), info("y", 4)


def body(read: str, *inner: bytes, out: str = "o", values: tuple[bytes, ...] = ()) -> bytes:
    """A body that reads a value from outside; `inner` are nodes before that."""
    nodes = [*inner, node("Relu", [read], [out])]
    return graph(nodes, outputs=[info(out, 4)], values=values)


def reads(data: bytes, op: str) -> list[str]:
    """Names of what the node of this operator reads."""
    found = of_onnx(data)
    return sorted(found.ids[u] for u in found.inputs_of(list(found.ops).index(op)).tolist())


def with_bodies(op: str, *bodies: bytes, inputs: tuple[str, ...] = ("c",)) -> bytes:
    nodes = [node("Sin", ["x"], ["h"]), node(op, inputs, ["y"], bodies)]
    given = [X, info("c", kind=9)]
    return model(graph(nodes, given, [Y], [H], weights=["w"]))


@pytest.mark.parametrize("op", ["If", "Loop", "Scan", "SequenceMap", "MyOwn"])
def test_values_read_inside_bodies_are_inputs(op: str) -> None:
    assert reads(with_bodies(op, body("h"), body("x")), op) == ["c", "h", "x"]


def test_captures_through_levels_lists_views_and_outputs() -> None:
    inner = node("If", ["h"], ["i"], [body("x", out="j")])
    middle = node("Loop", ["", ""], ["m"], [body("i", inner, values=(info("i", 4),))])
    deep = body("m", middle, values=(info("m", 4),))
    assert reads(with_bodies("If", deep), "If") == ["c", "h", "x"]
    out = graph([], outputs=[info("h", 4)])  # a branch that hands on a value from outside
    assert reads(with_bodies("If", out), "If") == ["c", "h"]
    view = body("v", node("Identity", ["h"], ["v"]))
    assert reads(with_bodies("If", view), "If") == ["c", "h"]
    several = field(5, field(1, "bodies") + field(11, body("h")) + field(11, body("x")))
    nodes = [node("Sin", ["x"], ["h"]), node("Case", ["c"], ["y"]) + several]
    assert reads(model(graph(nodes, [X, info("c")], [Y], [H])), "Case") == ["c", "h", "x"]


def test_what_a_body_makes_itself_and_weights_are_no_inputs() -> None:
    own = graph(
        [node("Add", ["w", "k"], ["h"]), node("Add", ["h", "s"], ["o"])],
        inputs=[info("k", 4)],
        outputs=[info("o", 4)],
        values=[info("h", 4)],
        sparse=["s"],
    )
    assert reads(with_bodies("Loop", own), "Loop") == ["c"]
    with pytest.raises(GraphError, match=r"node 'o': its input 'z' is made by no node before it"):
        of_onnx(with_bodies("If", body("z")))


def test_memory_inside_bodies_is_workspace_or_said_to_be_missing() -> None:
    """The larger branch holds 400 and 80 bytes at once; its output is the node's own 16."""
    large = graph(
        [node("Sin", ["x"], ["a"]), node("Cos", ["a"], ["b"]), node("Sum", ["b"], ["o"])],
        outputs=[info("o", 4)],
        values=[info("a", 100), info("b", 20)],
    )
    found = of_onnx(with_bodies("If", large, body("h")))
    assert int(found.workspaces[list(found.ops).index("If")]) == 480 - 16
    in_loop = of_onnx(with_bodies("Loop", large))
    assert int(in_loop.workspaces[list(in_loop.ops).index("Loop")]) == 480
    unknown = body("a", node("Sin", ["x"], ["a"]))
    with pytest.warns(UserWarning, match=r"inside node 'y' \(value 'a'\) is not counted"):
        of_onnx(with_bodies("If", unknown))


def test_deep_bodies_and_odd_nodes_are_refused_by_name() -> None:
    deep = body("x")
    for _ in range(3000):
        deep = graph([node("If", ["x"], ["o"], [deep])], outputs=[info("o", 4)])
    with pytest.raises(GraphError, match="nested too deeply"):
        of_onnx(with_bodies("If", deep))
    bare = model(graph([node("Reshape", [], ["y"])], [X], [Y]))
    assert [int(held) for held in of_onnx(bare).helds] == [0, 16]
    assert len(of_onnx(model(graph([node("Print", ["x"], [])], [X])))) == 2
    with pytest.raises(GraphError, match="node 'y': value 'y' is made twice"):
        of_onnx(model(graph([node("Sin", ["x"], ["y"])] * 2, [X], [Y])))
    with pytest.raises(GraphError, match="the graph: its input 'q' is made by no node"):
        of_onnx(model(graph([], [X], [info("q", 4)])))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (unshaped("h"), "nothing says its shape; let it be inferred: --infer-shapes"),
        (field(1, "h"), "nothing says its shape; let it be inferred: --infer-shapes"),
        (unshaped("h", 4), "it is a sequence, which has no fixed size"),
        (unshaped("h", 9), "it is optional, which has no fixed size"),
        (unshaped("h", 5), "it is a map, which has no fixed size"),
        (unshaped("h", 8), "it is a sparse tensor, which has no fixed size"),
        (info("h", 4, kind=8), "its elements are texts, without a fixed size"),
        (info("h", 4, kind=0), "its elements are of type 0, without a fixed size"),
        (info("h", 1 << 40, 1 << 40), r"more than 2\^60 bytes"),
    ],
)
def test_an_unknown_size_is_refused_by_name(value: bytes, words: str) -> None:
    nodes = [node("Sin", ["x"], ["h"]), node("Cos", ["h"], ["y"])]
    with pytest.raises(GraphError, match=f"value 'h': {words}"):
        of_onnx(model(graph(nodes, [X], [Y], [value])))


def test_a_scalar_is_no_unknown() -> None:
    nodes = [node("Sum", ["x"], ["h"]), node("Cos", ["h"], ["y"])]
    found = of_onnx(model(graph(nodes, [X], [Y], [info("h")])))
    assert found.sizes.tolist() == [16, 4, 0]
    known = [unshaped("y"), info("y", 4)]  # the output is unshaped, inference wrote a second record
    assert int(of_onnx(model(graph(nodes, [X], known[:1], [*known[1:], info("h")]))).helds[2]) == 16


def dimensions(*shape: int | str | None) -> bytes:
    return model(graph([node("Sin", ["x"], ["y"])], [info("x", *shape)], [info("y", *shape)]))


@pytest.mark.parametrize(
    ("shape", "dims", "size"),
    [
        (("n", 3), {"n": 2}, 24),
        ((None, 3), {"x:0": 2, "y:0": 2}, 24),
        ((-1, 3), {"x:0": 2, "y:0": 2}, 24),  # as some exporters write "open"
        (("past + 2*heads", 3), {"past": 2, "heads": 1}, 48),
        (("past + 2*heads", 3), {"past + 2*heads": 5}, 60),
        (("(n - 1)//2 % 5",), {"n": 10}, 16),
        (("-n + 4",), {"n": 1}, 12),
        (("a=b",), {"a=b": 3}, 12),
        (("n", 0), {"n": 5}, 0),
        (("batch size",), {"batch size": 2}, 8),
    ],
)
def test_open_dimensions_are_set_as_the_message_says(
    shape: tuple[int | str | None, ...], dims: dict[str, int], size: int
) -> None:
    """Every refusal on the way names one dimension, and setting that one goes on."""
    found = of_onnx(dimensions(*shape), dims)
    assert [int(s + h) for s, h in zip(found.sizes, found.helds, strict=True)] == [size, size]
    given: dict[str, int] = {}
    while name := next_open(dimensions(*shape), given):
        assert name not in given
        given[name] = 8


def next_open(data: bytes, given: dict[str, int]) -> str | None:
    """The dimension that a refusal advises to set; None once there is none."""
    try:
        of_onnx(data, given)
    except GraphError as problem:
        found = re.search(r"--dim '?(.*)=8'?", str(problem))
        return found[1] if found else str(problem)
    return None


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--dim", "m=2"], "no open dimension 'm'; open are 'n' (axis 0 of 'x')"),
        (["--dim", "n=2", "--dim", "n=3"], "gives a name twice"),
        (["--dim", f"n={10**17}"], "more than 2^60 bytes"),
        ([], "dimension 'n' is open; set it, as in --dim n=8"),
    ],
)
def test_faulty_dimensions_are_one_line(tmp_path, capsys, words, problem) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(dimensions("n", 3))
    assert main(["import", str(path), *words]) == 1
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1


def test_a_model_without_open_dimensions_takes_none() -> None:
    with pytest.raises(GraphError, match="no open dimension 'n'; it has none"):
        of_onnx(dimensions(4), {"n": 2})
    with pytest.raises(GraphError, match="dimension 'n' cannot be -1"):
        of_onnx(dimensions("n"), {"n": -1})


def test_dimensions_of_bodies_are_known() -> None:
    inner = graph([node("Sin", ["x"], ["o"])], outputs=[info("o", "k")])
    assert len(of_onnx(with_bodies("If", inner), {"k": 3})) == 4


def test_sparse_initialisers_are_weights() -> None:
    nodes = [node("MatMul", ["x", "s"], ["y"])]
    found = of_onnx(model(graph(nodes, [X], [Y], sparse=["s"])))
    assert list(found.ids) == ["x", "y"]


def test_types_of_two_to_eight_bits() -> None:
    sizes = dict.fromkeys((24,), 7) | {21: 4, 22: 4, 23: 4, 25: 2, 26: 2}
    for kind, size in sizes.items():
        nodes, x, y = [node("Sin", ["x"], ["y"])], info("x", 7, kind=kind), info("y", 7)
        assert int(of_onnx(model(graph(nodes, [x], [y]))).sizes[0]) == size


def unshaped_file(folder: Path) -> Path:
    nodes = [node("Sin", ["x"], ["h"]), node("Cos", ["h"], ["y"])]
    opset = field(8, field(1, "") + field(2, 17))
    path = folder / "m.onnx"
    content = field(2, "g") + graph(nodes, [info("x", "n", 3)], [info("y", "n", 3)])
    path.write_bytes(field(1, 8) + field(7, content) + opset)
    return path


def test_inferring_without_the_package_says_which_extra(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    path = unshaped_file(tmp_path)
    for words in (["--dim", "n=2"], ["--infer-shapes"]):
        assert main(["import", str(path), *words]) == 1
        told = capsys.readouterr().err
        assert "--infer-shapes" in told
        assert "pip install 'groundwork[onnx]'" in told
        assert told.count("\n") == 1


def test_shapes_are_inferred_where_onnx_is_installed(tmp_path, capsys) -> None:
    pytest.importorskip("onnx")
    path = unshaped_file(tmp_path)
    assert main(["import", str(path), "--infer-shapes", "--dim", "n=2"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert Graph.from_dict(rows).sizes.tolist() == [24, 24, 0]
    path.write_bytes(path.read_bytes()[:-9] + b"\xff")
    assert main(["import", str(path), "--infer-shapes"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_note_about_a_body_is_one_line(tmp_path, capsys) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(with_bodies("If", body("a", node("Sin", ["x"], ["a"]))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["import", str(path)]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("graph-schedule: note: memory inside node 'y'")
    assert told.err.count("\n") == 1
    assert len(Graph.from_text(told.out)) == 4
