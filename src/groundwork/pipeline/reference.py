"""The configuration's reference page, made from the schemas; a test fails when it drifts.

python -m groundwork.pipeline.reference > src/documents/guide/configuration.qmd
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork.pipeline.config import load, schema

HEAD = """---
title: Every knob
description: The configuration, key by key, with units, bounds and defaults.
---

This page is made from the schemas in `workflow/schemas/` by
`python -m groundwork.pipeline.reference`; a test fails when the two differ. The values are those
of the laptop scale, in `config.yaml`; `workflow/scales/` overlays them for the others. A changed
value reruns the step that owns it and what follows, nothing else. Unknown keys are refused.
"""


def page() -> str:
    """The page as Quarto markdown: a section per block, an entry per key."""
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
    return f"({', '.join(words)})"


if __name__ == "__main__":
    print(page(), end="")
