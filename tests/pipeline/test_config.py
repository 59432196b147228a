"""The configuration: a bad one stops before any rule, with key, value and remedy."""

from dataclasses import dataclass

import pytest

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
    ],
)
def test_a_fault_is_told_with_key_value_and_remedy(overrides, words):
    with pytest.raises(ConfigError) as caught:
        complete(overrides)
    for word in words:
        assert word in str(caught.value)


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
