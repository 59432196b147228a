"""`groundwork schemas`: the rooms' JSON schemas and the guide's table, made from the steps' settings.

A step's script states its knobs (`settings`); this writes what a start of Snakemake checks
config.yaml by, so that it need not import the scripts. A test fails when the two differ.
"""

import json
import re
import runpy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.config import load, schema
from groundwork_harness.pipeline.settings import Settings

FOLDER = ROOT / "workflow" / "schemas"
PAGE = ROOT / "src" / "documents" / "guide" / "configuration.qmd"
HEAD = """---
title: Every knob
description: The configuration, key by key, with units, bounds and defaults.
---

This page is made from what each step's script states of its settings (and, for what belongs to no
room, from `workflow/schemas/config.schema.yaml`) by `groundwork schemas`; a test fails when they
differ. The values are those of the laptop scale, in `config.yaml`; `workflow/scales/` overlays them
for the others. A changed value reruns the step that owns it and what follows, nothing else. Unknown
keys are refused.
"""


def write(only: str = "") -> list[Path]:
    """Write what has changed, of all rooms or of `only` one; the files written."""
    for path, text in (schemas := drifted(rooms(only))).items():
        write_text(path, text)
    for path, text in (pages := drifted({PAGE: page()})).items():  # made from the schemas
        write_text(path, text)
    return [*schemas, *pages]


def drifted(wanted: Mapping[Path, str] | None = None) -> dict[Path, str]:
    """The files that do not hold what they should, of `wanted` or of all."""
    wanted = {**rooms(), PAGE: page()} if wanted is None else wanted
    return {
        path: text
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }


def rooms(only: str = "") -> dict[Path, str]:
    """The file of each room's schema and what it should hold; of `only` one room, if any is named."""
    order = load(ROOT / "config.yaml")
    found: dict[Path, str] = {}
    for rules in sorted((ROOT / "rules").glob(f"{only or '*'}.smk")):
        steps = {script.stem: stated(_settings(script)) for script in _scripts(rules.stem)}
        if steps:
            known = list(order.get(rules.stem, {}))
            steps = dict(sorted(steps.items(), key=lambda item: (*known, item[0]).index(item[0])))
            words = re.match(r'"""(.*?)"""', rules.read_text(encoding="utf-8"), re.DOTALL)
            whole = _block(" ".join(words[1].split()) if words else "", steps)
            text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
            found[FOLDER / f"{rules.stem}.schema.json"] = text
    return found


def _scripts(room: str) -> list[Path]:
    scripts = sorted((ROOT / "workflow" / "steps" / room).glob("*.py"))
    return [path for path in scripts if "    step.run(main)" in path.read_text(encoding="utf-8")]


def stated(kind: type[Settings]) -> dict[str, Any]:
    """The schema of a step's settings."""
    schema = kind.model_json_schema()
    return dict(_plain(_inline(schema, schema)))


def _settings(script: Path) -> type[Settings]:
    """A script's class of settings; what lies beside the script is in reach, as when it runs."""
    sys.path.insert(0, str(script.parent))
    try:
        kind: type[Settings] = runpy.run_path(str(script))["Settings"]
    finally:
        sys.path.remove(str(script.parent))
        for path in script.parent.glob("*.py"):  # another room may have one of the same name
            sys.modules.pop(path.stem, None)
    if not issubclass(kind, Settings):
        raise TypeError(f"{script}: Settings must be a step.Settings")
    return kind


def _block(words: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        **({"description": words} if words else {}),
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def _inline(node: Any, whole: dict[str, Any]) -> Any:
    """The schema with each `$ref` to a part of itself replaced by that part."""
    if isinstance(node, list):
        return [_inline(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = whole
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        return _inline({**target, **{k: v for k, v in node.items() if k != "$ref"}}, whole)
    return {key: _inline(item, whole) for key, item in node.items()}


def _plain(stated: Any) -> Any:
    """pydantic's schema in the few words that errors and the guide explain."""
    if isinstance(stated, list):
        return [_plain(item) for item in stated]
    if not isinstance(stated, dict):
        return stated
    if "properties" in stated:
        inner = {key: _plain(value) for key, value in stated["properties"].items()}
        return _block(" ".join(stated.get("description", "").split()), inner)
    if stated.get("type") == "object" and stated.get("additionalProperties") is False:
        return _block(stated.get("description", ""), {})  # a step with nothing to set
    kept = {k: _plain(v) for k, v in stated.items() if k not in ("title", "$defs", "anyOf")}
    for option in stated.get("anyOf", []):  # a value or null
        known = kept.get("type", [])
        kept |= {**_plain(option), "type": [*known, option["type"]]}
    if "const" in kept and "type" in kept:
        kept["enum"] = [kept.pop("const")]
    if "enum" in kept:
        kept.pop("type", None)
    return kept


def page() -> str:
    """The guide's page as Quarto markdown: a section per block, an entry per key."""
    whole, values = schema(), load(ROOT / "config.yaml")
    lines = [HEAD]
    for block, rules in whole["properties"].items():
        lines += [f"\n## `{block}` {{#sec-{block.replace('_', '-')}}}\n"]
        if "properties" not in rules:
            lines += [_entry(block, rules, values.get(block))]
            continue
        if rules.get("description"):
            lines += [rules["description"] + "\n"]
        lines += list(_keys(rules, values.get(block, {}), ""))
    return "\n".join(lines) + "\n"


def _keys(rules: Mapping[str, Any], values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, inner in rules["properties"].items():
        if "properties" in inner:
            if inner.get("description"):
                yield f"`{prefix}{key}`\n:   {inner['description']}\n"
            yield from _keys(inner, values.get(key, {}), f"{prefix}{key}.")
        else:
            yield _entry(f"{prefix}{key}", inner, values.get(key))


def _entry(key: str, rules: Mapping[str, Any], value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return f"`{key}` = `{shown}`\n:   {rules.get('description', '')} {_allowed(rules)}\n"


def _allowed(rules: Mapping[str, Any]) -> str:
    """The bounds of a key in words."""
    if "enum" in rules:
        return "One of " + ", ".join(f"`{value}`" for value in rules["enum"]) + "."
    kind = rules.get("type", "any value")
    words = [kind if isinstance(kind, str) else " or ".join(kind)]
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    words += [f"{sign} {rules[name]}" for name, sign in signs.items() if name in rules]
    if "items" in rules:
        words[0] = f"list of {rules['items'].get('type', 'values')}"
    return f"({', '.join([*words, *filter(None, [rules.get('unit')])])})"
