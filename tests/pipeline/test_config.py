"""The configuration: a bad one stops before any rule, with key, value and remedy."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from typing import Literal

import pytest
from pydantic import ValidationError

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import config as configuration
from groundwork_harness.pipeline import schemas
from groundwork_harness.pipeline.config import ConfigError, complete
from groundwork_harness.pipeline.settings import Settings, bounded, build, knob


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


class Draw(Settings):
    """A block."""

    top_k: int | None = knob("Kept.", ge=1)


class Knobs(Settings):
    """Settings of a step."""

    ranks: list[bounded(int, ge=1)] = knob("Ranks.", min_length=1, holds=[1], unique=True)
    rate: float = knob("Rate.", unit="1/s", gt=0)
    name: str | None = knob("Name.")
    device: Literal["cpu", "cuda"] = knob("Where.")
    draws: list[Draw] = knob("Draws.")


GOOD = {"ranks": [1, 2], "rate": 1, "name": None, "device": "cpu", "draws": [{"top_k": 3}]}


def test_settings_are_built_and_cannot_be_changed():
    built = build(Knobs, json.dumps(GOOD))
    assert (built.ranks, built.name, built.draws) == ([1, 2], None, [Draw(top_k=3)])
    assert type(built.rate) is float
    with pytest.raises(ValidationError, match="frozen"):
        built.rate = 2.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rat": 1}, ["settings.rat: unknown key", "did you mean rate?"]),
        ({"zz": 1}, ["settings.zz: unknown key", "known keys: ranks, rate"]),
        ({"draws": [{"top_k": 1, "top": 2}]}, ["settings.draws.0.top", "did you mean top_k?"]),
        ({"ranks": ["1"]}, ["settings.ranks.0", 'given "1"', "integer"]),
        ({"ranks": [True]}, ["settings.ranks.0", "given true", "integer"]),
        ({"ranks": [1, 12.0]}, ["settings.ranks.1", "given 12.0", "integer"]),
        ({"ranks": [1, 0]}, ["settings.ranks.1", "given 0", "greater than or equal to 1"]),
        ({"ranks": 1}, ["settings.ranks", "given 1", "array"]),
        ({"ranks": []}, ["settings.ranks", "given []", "at least 1"]),
        ({"ranks": [2]}, ["ranks", "given [2]", "must hold 1"]),
        ({"ranks": [1, 2, 2]}, ["ranks", "holds 2 twice"]),
        ({"rate": True}, ["settings.rate", "given true", "number"]),
        ({"rate": 0}, ["settings.rate", "given 0", "greater than 0"]),
        ({"rate": float("nan")}, ["settings.rate", "finite"]),
        ({"rate": float("inf")}, ["settings.rate", "finite"]),
        ({"device": "tpu"}, ["settings.device", 'given "tpu"', "'cpu' or 'cuda'"]),
    ],
)
def test_what_a_setting_may_not_be_is_told_by_key_value_and_bound(change, words):
    with pytest.raises(ValueError, match=r"settings") as caught:
        build(Knobs, json.dumps({**GOOD, **change}))
    for word in words:
        assert word in str(caught.value)


def test_a_missing_setting_is_named():
    with pytest.raises(ValueError, match=r"settings\.rate: missing"):
        build(Knobs, json.dumps({k: v for k, v in GOOD.items() if k != "rate"}))


def test_a_schema_refuses_what_the_settings_refuse():
    rules = schemas.stated(Knobs)
    assert list(configuration.check(GOOD, rules)) == []
    for change in ({"ranks": [2]}, {"ranks": [1, 1]}, {"rate": 0}, {"rate": True}, {"zz": 1},
                   {"ranks": [1, 12.0]}, {"device": "tpu"}, {"draws": [{"top_k": 0}]}):  # fmt: skip
        assert len(list(configuration.check({**GOOD, **change}, rules))) == 1, change


def test_schemas_and_the_guide_follow_from_the_steps():
    """In a process of its own: it imports every script, and with them torch and Triton."""
    code = "from groundwork_harness.pipeline.schemas import drifted; print(*drifted(), sep='\\n', end='')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout, (
        f"{done.stdout} differ from the steps' Settings; run: groundwork schemas"
    )


def test_a_start_imports_no_step_and_none_of_what_steps_need():
    code = "import sys; import groundwork_harness.pipeline.context; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"torch", "triton", "sklearn", "scipy"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("version", "engine"),
    [("1.9.38", "quarto"), ("1.9.40", "quarto"), ("1.9.12", "embedded"), ("1.8.27", "embedded"), ("1.10.1", "embedded"), ("", "embedded")],
)  # fmt: skip
def test_auto_takes_quarto_of_a_tried_version_alone(tmp_path, monkeypatch, version, engine):
    monkeypatch.delenv(configuration.RESOLVED, raising=False)
    command = tmp_path / "quarto"
    command.write_text(f"#!/bin/sh\n{'echo ' + version if version else 'exit 1'}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    settings = {"render": {"engine": "auto", "pdf": "typst"}}
    assert configuration.resolve(settings, gpus=0)["engine"] == engine
    monkeypatch.delenv(configuration.RESOLVED)
