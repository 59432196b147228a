"""Malformed graphs: always ValueError, with the node and its line; never a crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.scheduler import Graph, GraphError, schedule

GOOD = """{"nodes": [
  {"id": "a", "size": 4096},
  {"id": "b", "size": 10, "inputs": ["a"], "workspace": 3, "keep": true},
  {"id": "c", "size": 7, "inputs": ["a", "b", "a"]}
]}
"""


def test_reads_every_key() -> None:
    graph = Graph.from_text(GOOD)
    assert (len(graph), graph.edges, list(graph.ids)) == (3, 4, ["a", "b", "c"])
    assert graph.workspaces.tolist() == [0, 3, 0]
    assert graph.keeps.tolist() == [False, True, False]
    assert Graph.from_dict(graph.to_dict()).to_dict() == graph.to_dict()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10,", "-10,", r"node 'b' \(line 3\): negative size -10"),
        ("10,", "1.5,", r"node 'b' \(line 3\): size must be a whole number"),
        ("10,", "true,", r"node 'b' \(line 3\): size must be a whole number"),
        ("10,", "NaN,", r"line 3: NaN"),
        ("10,", "9" * 30 + ",", r"node 'b' \(line 3\): size is above"),
        ('"id": "c"', '"id": "a"', r"node 'a' \(line 4\): this id stands at line 2 too"),
        ('["a", "b", "a"]', '["z"]', r"node 'c' \(line 4\): unknown input 'z'"),
        ('["a", "b", "a"]', '["c"]', r"node 'c' \(line 4\): a cycle"),
        ('["a"]', '["c"]', r"node '[bc]' \(line [34]\): the graph has a cycle: .*'c' -> 'b'"),
        (
            '"size": 10,',
            '"size": 10, "inplace": "a",',
            r"node 'b' \(line 3\): takes over 'a', which",
        ),
        ('["a"]', '"a"', r"node 'b' \(line 3\): inputs must be a list"),
        ('["a"]', "[1]", r"node 'b' \(line 3\): an input must be the id"),
        ('"size": 7', '"sze": 7', r"node 'c' \(line 4\): unknown key 'sze'"),
        ('"size": 7, ', "", r"node 'c' \(line 4\): the key 'size' is missing"),
        ('"size": 7', '"size": 7, "size": 8', r"line 4: the key 'size' stands twice"),
        ('"id": "c"', '"id": 3', r"line 4: a node needs an 'id'"),
        ("true", "1", r"node 'b' \(line 3\): keep must be a truth value"),
        ("]}\n", "", r"line \d: bad JSON"),
        ("\n]}", "\n]} x", r"line 5: bad JSON: text behind"),
        ('"nodes"', '"node"', r"line 1: unknown key 'node'"),
        ('{"id": "a", "size": 4096}', "[]", r"line 2: a node must be an object"),
    ],
)
def test_says_what_and_where(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(GraphError, match=words):
        Graph.from_text(GOOD.replace(old, new, 1))


def test_a_byte_order_mark_shifts_no_line() -> None:
    """Nodes that begin their line, where a shift by one character would show."""
    text = '\ufeff{"nodes": [\n{"id": "a", "size": 1},\n{"id": "b", "size": -1}]}'
    with pytest.raises(GraphError, match=r"node 'b' \(line 3\): negative size -1"):
        Graph.from_text(text)


def test_deep_nesting_and_odd_bytes(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"nested too deeply|bad JSON"):
        Graph.from_text('{"nodes": [' + "[" * 100_000)
    path = tmp_path / "graph.json"
    path.write_bytes(b'{"nodes":\n[\xff]}')
    with pytest.raises(ValueError, match="line 2: not UTF-8"):
        Graph.from_json(path)


def test_a_long_cycle_is_named_in_part() -> None:
    nodes = [{"id": f"n{k}", "size": 1, "inputs": [f"n{(k + 1) % 100}"]} for k in range(100)]
    with pytest.raises(ValueError, match=r"cycle: .*and 88 more"):
        Graph.from_dict({"nodes": nodes})


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
IDS = st.sampled_from(["a", "b", "c", "d", "", "é", "\ud800"])
NODE = st.fixed_dictionaries(
    {"id": IDS | WILD, "size": st.integers(-1, 9) | WILD},
    optional={
        "inputs": st.lists(IDS, max_size=3) | WILD,
        "workspace": st.integers(-1, 9) | WILD,
        "keep": st.booleans() | WILD,
        "held": st.integers(-1, 9),
        "inplace": IDS,
        "x": WILD,
    },
)


@settings(max_examples=400, deadline=None)
@given(st.lists(NODE | WILD, max_size=5) | WILD)
def test_any_data_is_a_graph_or_a_value_error(nodes: object) -> None:
    try:
        graph = Graph.from_dict({"nodes": nodes})
    except ValueError:
        return
    found = schedule(graph, "exact")
    assert sorted(found.order) == sorted(graph.ids)
    assert found.lower_bound == found.peak


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_text_is_a_graph_or_a_value_error(data: st.DataObject) -> None:
    """Good text with a few characters changed: the parser never fails in another way."""
    text = list(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.sampled_from(list('{}[]":,0-9ae\n\\ ') + ["", "\x00", "é"]))
    changed = "".join(text)
    try:
        graph = Graph.from_text(changed)
    except ValueError:
        return
    assert len(graph) == len(json.loads(changed)["nodes"])


def test_empty_graph_and_unknown_words() -> None:
    empty = Graph.from_dict({"nodes": []})
    assert schedule(empty, "best").peak == 0
    for wrong in (
        {"policy": "fast"},
        {"policy": "best", "ties": "x"},
        {"policy": "best", "time_limit": 0},
    ):
        with pytest.raises(ValueError, match=r"unknown|positive"):
            schedule(empty, **wrong)
