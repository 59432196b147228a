"""Results: one reader, which tells a torn file from another kind, stale from altered."""

import json
from dataclasses import dataclass, field

import pytest

from groundwork.core.result import NoResult, Result, canonical, complaint, digest, write

SCRIPT = "workflow/steps/room/step.py"
MADE = {"script": SCRIPT, "code": "c1", "settings": {"seed": 0, "sizes": [1, 2]}}


@dataclass
class Tree:
    """What a checkout would make results with."""

    known: dict = field(default_factory=lambda: {SCRIPT: "c1"})
    block: dict = field(default_factory=lambda: {"seed": 0, "sizes": [1, 2]})

    def code(self, script: str) -> str:
        return self.known.get(script, "")

    def settings(self, script: str) -> dict:
        assert script == SCRIPT
        return self.block


@pytest.fixture
def path(tmp_path):
    """A result with one output beside it."""
    (tmp_path / "step.csv").write_text("a\n1\n")
    write(tmp_path / "step.json", {"x": {"value": 1}}, MADE, [tmp_path / "step.csv"])
    return tmp_path / "step.json"


def test_what_was_written_is_read(path):
    result = Result.read(path)
    assert result.claims == {"x": {"value": 1}}
    assert (result.settings["seed"], result.setting("sizes", "1")) == (0, 2)
    assert result.intact()
    assert complaint(path) == ""
    for keys, known in {
        ("sed",): ["seed", "sizes"],
        ("sizes", "2"): ["0", "1"],
        ("seed", "0"): [],
    }.items():
        with pytest.raises(KeyError) as caught:
            result.setting(*keys)
        assert caught.value.args == (keys[-1], known)


def test_a_torn_file_is_told_from_another_kind(path):
    text = path.read_text()
    for other in ("[]", "3", '{"claims": {}}', '{"provenance": [], "claims": {}}'):
        path.write_text(other)
        with pytest.raises(NoResult):
            Result.read(path)
        assert complaint(path) == ""
    path.write_text(text[:-20])
    with pytest.raises(ValueError, match="torn"):
        Result.read(path)
    assert "step.json changed after its step wrote it; delete" in complaint(path)


def test_an_edit_after_the_fact_shows(path):
    text = path.read_text()
    path.write_text(text.replace('"value": 1', '"value": 2'))
    assert Result.read(path).altered() == "its claims"
    path.write_text(text)
    path.with_name("step.csv").write_text("a\n2\n")
    assert Result.read(path).altered() == "step.csv"
    assert "step.csv changed after its step wrote it" in complaint(path)


def test_a_result_is_stale_where_the_tree_would_make_another(path):
    result = Result.read(path)
    assert result.stale(Tree()) == ()
    assert result.stale(Tree({})) == ("step",)
    assert result.stale(Tree({SCRIPT: "c2"})) == ("code",)
    assert result.stale(Tree(block={"seed": 0, "sizes": [1]})) == ("settings",)
    assert result.stale(Tree(block={"seed": 0.0, "sizes": [1, 2]})) == ("settings",)
    assert result.stale(Tree({SCRIPT: "c2"}, {})) == ("code", "settings")


def test_an_instance_has_one_of_its_steps_seeds(tmp_path):
    path = tmp_path / "step" / "1.json"
    path.parent.mkdir()
    write(path, {}, {**MADE, "settings": {"rate": 1, "seeds": [1]}}, [])
    assert Result.read(path).stale(Tree(block={"rate": 1, "seeds": [0, 1]})) == ()
    assert Result.read(path).stale(Tree(block={"rate": 2, "seeds": [0, 1]})) == ("settings",)
    assert Result.read(path).stale(Tree(block={"rate": 1, "seeds": [0]})) == ("settings",)


def test_a_digest_ignores_the_order_of_keys():
    assert canonical({"b": 1, "a": [2.0]}) == canonical({"a": [2.0], "b": 1}) == '{"a":[2.0],"b":1}'
    assert digest({"a": 1}) != digest({"a": 2})
    assert json.loads(canonical({"a": 1})) == {"a": 1}
