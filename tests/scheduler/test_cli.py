"""The command line: results, JSON, standard input, pictures, exit codes."""

import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from groundwork.scheduler import Graph, peak_memory
from groundwork.scheduler.cli import main
from groundwork.scheduler.families import generate


@pytest.fixture
def graph_file(tmp_path: Path) -> Path:
    path = tmp_path / "graph.json"
    graph = generate("layered", 40, np.random.default_rng(0))
    path.write_text(json.dumps(graph.to_dict()))
    return path


def test_plan_as_json_holds_a_valid_order(graph_file: Path, capsys) -> None:
    assert main(["plan", str(graph_file), "--policy", "exact", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert peak_memory(Graph.from_json(graph_file), report["order"]) == report["peak"]
    assert report["optimal"] is True
    assert report["lower_bound"] == report["peak"]


def test_plan_from_standard_input(graph_file: Path, capsys, monkeypatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(graph_file.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["plan", "-"]) == 0
    words = capsys.readouterr().out
    assert "optimal" in words
    assert len(words.splitlines()) == 44


def test_compare_lists_every_policy(graph_file: Path, capsys) -> None:
    assert main(["compare", str(graph_file), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 9
    assert min(row["peak"] for row in rows.values()) == rows["best"]["peak"]
    assert main(["compare", str(graph_file), "--policies", "kahn", "best"]) == 0
    assert "proven" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["timeline", "graph"])
def test_draw_writes_well_formed_svg(graph_file: Path, tmp_path: Path, what: str) -> None:
    out = tmp_path / "picture.svg"
    assert main(["draw", str(graph_file), "--what", what, "--out", str(out)]) == 0
    root = ET.parse(out).getroot()
    shapes = [child for child in root.iter() if child.tag.endswith(("rect", "circle"))]
    assert len(shapes) >= 40


ODD = "".join(map(chr, [*range(32), *range(127, 160), 0x2028, 0x202E, 0xFFFE, 0xFFFF, 0x1F600]))


@pytest.mark.parametrize("what", ["timeline", "graph"])
def test_ids_with_control_characters(tmp_path: Path, capsys, what: str) -> None:
    """Pictures stay well-formed, an order has one line for each node, an error is one line."""
    path, out = tmp_path / "odd\nname\x1b.json", tmp_path / "picture.svg"
    nodes = [{"id": f"{mark}<&{at}", "size": 8} for at, mark in enumerate(ODD)]
    path.write_text(json.dumps({"nodes": nodes}))
    assert main(["draw", str(path), "--what", what, "--out", str(out)]) == 0
    titles = [node.text or "" for node in ET.parse(out).iter() if node.tag.endswith("title")]
    assert any("\\x1b<&27" in title for title in titles)
    assert any("\U0001f600<&" in title for title in titles)
    assert main(["plan", str(path)]) == 0
    told = capsys.readouterr().out
    assert len(told.splitlines()) == 4 + len(ODD)
    assert "\x1b" not in told
    path.write_text('{"nodes": [{"id": "\\n\\u001b", "size": -1}]}')
    assert main(["plan", str(path)]) == 1
    problem = capsys.readouterr().err
    assert len(problem.splitlines()) == 1
    assert "\x1b" not in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"nodes": [\n{"id": "a", "size": -1}]}', "node 'a' (line 2): negative size -1"),
        ('{"nodes": [\n\n{"id": "a", "size": 1,}]}', "line 3: bad JSON"),
        ("[]", "bad JSON"),
    ],
)
def test_a_bad_graph_is_one_line_and_status_one(tmp_path, capsys, text, words) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    assert main(["plan", str(path)]) == 1
    problem = capsys.readouterr().err
    assert words in problem
    assert problem.count("\n") == 1


def test_missing_file_and_wrong_usage(tmp_path: Path, capsys) -> None:
    assert main(["plan", str(tmp_path / "none.json")]) == 1
    assert "No such file" in capsys.readouterr().err
    for words in (["plan"], ["plan", "x", "--policy", "fast"], ["plan", "x", "--time-limit", "-1"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2


def test_help_shows_examples(capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "examples:" in capsys.readouterr().out


def test_a_reader_that_leaves_early_is_no_error(graph_file: Path) -> None:
    command = f"{sys.executable} -m groundwork.scheduler.cli plan {graph_file} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("best:")
    assert done.stderr == ""
