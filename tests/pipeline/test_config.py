"""The configuration: a bad one stops before any rule, with key, value and remedy."""

import json
import shutil
from dataclasses import dataclass
from datetime import date

import pytest

from groundwork.core.provenance import ROOT
from groundwork.pipeline import config as configuration
from groundwork.pipeline.config import ConfigError, complete
from groundwork.pipeline.settings import build, canonical, digest


def test_the_committed_configuration_holds_at_every_scale():
    for scale in ("smoke", "laptop", "full"):
        assert complete({"scale": scale})["scale"] == scale


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"scale": "huge"}, ["scale", '"huge"', "smoke, laptop, full"]),
        ({"data": {"sourse": "real"}}, ["data", "'sourse'", "did you mean source?"]),
        ({"data": {"timeout": 0}}, ["data.timeout", "given 0", "greater than 0", "Seconds"]),
        ({"data": {"retries": "3"}}, ["data.retries", 'given "3"', "integer"]),
        ({"nativ": {}}, ["unknown key 'nativ'", "did you mean native?"]),
        ({"render": {"pdf": "word"}}, ["render.pdf", "auto, latex, typst"]),
        ({"data": {"timeout": float("nan")}}, ["data.timeout", "given NaN", "number"]),
        ({"data": {"timeout": float("inf")}}, ["data.timeout", "given Infinity", "number"]),
        ({"data": {"retries": 3.0}}, ["data.retries", "given 3.0", "integer"]),
        ({"data": {"timeout": "1e-2"}}, ["data.timeout", 'given "1e-2"', "0.01", "1.0e-2"]),
        ({"data": {"retries": "3"}}, ["write 3 ", "--configfile"]),
        ({"site": {"title": date(2030, 1, 1)}}, ["site.title", "2030-01-01", "string"]),
        ({"site": {3: "x", "y": 1}}, ["unknown key 3", "unknown key 'y'"]),
    ],
)
def test_a_fault_is_told_with_key_value_and_remedy(overrides, words):
    with pytest.raises(ConfigError) as caught:
        complete(overrides)
    for word in words:
        assert word in str(caught.value)


@pytest.fixture
def tree(tmp_path):
    """A checkout's configuration alone."""
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "workflow" / "scales", tmp_path / "workflow" / "scales")
    shutil.copytree(ROOT / "workflow" / "schemas", tmp_path / "workflow" / "schemas")
    return tmp_path


FILES = ["config.yaml", "workflow/scales/smoke.yaml", "workflow/scales/smoke/kernel_ridge.yaml"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- a\n- b\n", ["holds a list", "`key: value`"]),
        ("a: \xe9\n".encode("latin-1"), ["line 1", "UTF-8"]),
        ("a: [1\nb: 2\n", ["line 2", "not valid YAML"]),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", ["line 4", "'b' is given twice"]),
        ("a: 1\na: {b: 1}\n", ["line 2", "'a' is given twice"]),
    ],
)
def test_a_file_that_holds_no_settings_is_named(tree, file, content, words):
    content = content if isinstance(content, bytes) else content.encode()
    (tree / file).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        complete({"scale": "smoke"}, tree)
    for word in [file, *words]:
        assert word in str(caught.value)


def test_a_missing_or_empty_file_is_named(tree):
    for spoil, words in {
        lambda path: path.write_text("# nothing\n"): "config.yaml is empty",
        lambda path: path.unlink(): "config.yaml cannot be read: No such file",
        lambda path: path.mkdir(): "config.yaml cannot be read: Is a directory",
    }.items():
        spoil(tree / "config.yaml")
        with pytest.raises(ConfigError, match=words):
            complete({"scale": "smoke"}, tree)


def test_an_overlay_may_be_empty_and_use_an_anchor(tree):
    overlay = tree / FILES[2]
    overlay.write_text("# all as at laptop scale\n")
    assert complete({"scale": "smoke"}, tree)["kernel_ridge"]
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n"
    overlay.write_text(text)
    assert configuration.load(overlay)["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize("torn", ["", '{"scale": "smo', "[]", "{}", "3"])
def test_a_torn_cache_is_made_anew(tree, torn):
    whole = complete({"scale": "smoke"}, tree)
    (kept,) = (tree / ".snakemake" / "groundwork" / "configs").iterdir()
    kept.write_text(torn)
    assert complete({"scale": "smoke"}, tree) == whole
    assert json.loads(kept.read_text()) == whole


def test_every_key_is_described():
    def walk(schema, path):
        for name, inner in schema.get("properties", {}).items():
            where = f"{path}.{name}"
            assert inner.get("description") or inner.get("properties"), (
                f"{where} has no description"
            )
            if inner.get("type") == "object" and "properties" in inner:
                assert inner.get("additionalProperties") is False, f"{where} allows unknown keys"
            walk(inner, where)

    walk(configuration.schema(), "config")


def test_resolved_answers_are_taken_from_the_submitter(monkeypatch):
    monkeypatch.setenv(configuration.RESOLVED, '{"engine": "quarto", "pdf": "typst", "gpu": true}')
    answer = configuration.resolve({"render": {"engine": "auto", "pdf": "auto"}})
    assert answer == {"engine": "quarto", "pdf": "typst", "gpu": True}


@dataclass(frozen=True)
class Settings:
    ranks: list[int]
    rate: float
    name: str | None


def test_settings_are_built_strictly():
    built = build(Settings, {"ranks": [1, 2], "rate": 1, "name": None})
    assert built == Settings([1, 2], 1.0, None)
    for bad, word in [
        ({"ranks": [1], "rate": 1.0}, "settings.name: missing"),
        ({"ranks": [1], "rate": 1.0, "name": "a", "rat": 1}, "settings.rat: unknown key"),
        ({"ranks": ["1"], "rate": 1.0, "name": "a"}, r"settings.ranks\[0\]: expected int"),
        ({"ranks": [True], "rate": 1.0, "name": "a"}, r"settings.ranks\[0\]: expected int"),
        ({"ranks": 1, "rate": 1.0, "name": "a"}, "settings.ranks: expected list"),
    ]:
        with pytest.raises(ValueError, match=word):
            build(Settings, bad)


def test_a_settings_digest_ignores_the_order_of_keys():
    assert canonical({"b": 1, "a": [2.0]}) == canonical({"a": [2.0], "b": 1}) == '{"a":[2.0],"b":1}'
    assert digest({"a": 1}) != digest({"a": 2})


def test_the_reference_page_is_made_from_the_schemas():
    from groundwork.pipeline.reference import page

    path = ROOT / "src" / "documents" / "guide" / "configuration.qmd"
    assert path.read_text() == page(), (
        "the schemas changed; run: python -m groundwork.pipeline.reference > "
        "src/documents/guide/configuration.qmd"
    )
