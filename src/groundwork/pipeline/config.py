"""The configuration: overlays of the scale, validation with words, and what `auto` means here."""

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT

Config = dict[str, Any]
RESOLVED = "GROUNDWORK_RESOLVED"  # set by the submitter, so that jobs elsewhere do not decide again


class ConfigError(ValueError):
    """A configuration no rule should run with; the message names key, value and remedy."""


def load(path: Path) -> Any:
    """A YAML file's content."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except yaml.YAMLError as problem:
        raise ConfigError(f"{path} is not valid YAML: {problem}") from None


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Config:
    """`base` with the values of `over`, mapping by mapping; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def complete(overrides: Mapping[str, Any], root: Path = ROOT) -> Config:
    """config.yaml, under it the scale's overlays, under these the command line's `overrides`.

    Raises `ConfigError` when the result does not fit the schemas.
    """
    # Reading YAML and applying the schemas is a third of a run's start, so what passed is kept.
    kept = root / ".snakemake" / "groundwork" / "configs" / f"{_fingerprint(overrides, root)}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    base = load(root / "config.yaml")
    scale = overrides.get("scale", base.get("scale"))
    for layer in sorted((root / "workflow" / "scales" / str(scale)).glob("*.yaml")):
        base = merge(base, load(layer) or {})
    config = merge(base, overrides)
    problems = list(check(config, schema(root)))
    if problems:
        raise ConfigError("the configuration is refused:\n  " + "\n  ".join(problems))
    try:
        write_text(kept, json.dumps(config))
    except OSError:
        pass  # a read-only checkout: checked again next time
    return config


def _fingerprint(overrides: Mapping[str, Any], root: Path) -> str:
    """What the outcome depends on: the values, the schemas, and this code."""
    files = [root / "config.yaml", *sorted((root / "workflow" / "scales").rglob("*.yaml"))]
    parts = [str(path).encode() + path.read_bytes() for path in [*files, *_schemas(root)]]
    parts += [
        json.dumps(overrides, sort_keys=True, default=str).encode(),
        Path(__file__).read_bytes(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _schemas(root: Path) -> list[Path]:
    return sorted((root / "workflow" / "schemas").glob("*.schema.yaml"))


def schema(root: Path = ROOT) -> Config:
    """The whole schema: config.schema.yaml and one property per room's `<room>.schema.yaml`."""
    whole = load(root / "workflow" / "schemas" / "config.schema.yaml")
    for path in _schemas(root):
        room = path.name.removesuffix(".schema.yaml")
        if room not in ("config",):
            whole["properties"][room] = load(path)
            whole["required"].append(room)
    whole["additionalProperties"] = False
    inlined: Config = _inline(whole, whole)
    return inlined


def _inline(node: Any, whole: Config) -> Any:
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


def check(config: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    """One line per fault: the key, what was given, what is allowed."""
    from jsonschema import Draft202012Validator

    for error in sorted(
        Draft202012Validator(rules).iter_errors(config), key=lambda e: list(e.path)
    ):
        yield from _explain(error)


def _explain(error: Any) -> Iterable[str]:
    where = ".".join(str(part) for part in error.absolute_path) or "config"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in [key for key in error.instance if key not in known]:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            yield f"{where}: unknown key {key!r}; {hint}"
    elif error.validator == "required":
        for key in [key for key in error.validator_value if key not in error.instance]:
            yield f"{where}: the key {key!r} is missing"
    else:
        allowed = {
            "enum": lambda v: "one of " + ", ".join(map(str, v)),
            "type": lambda v: f"of type {v}",
            "minimum": lambda v: f"at least {v}",
            "maximum": lambda v: f"at most {v}",
            "exclusiveMinimum": lambda v: f"greater than {v}",
            "exclusiveMaximum": lambda v: f"less than {v}",
            "minItems": lambda v: f"a list of at least {v} items",
        }.get(error.validator, lambda _: error.message)(error.validator_value)
        about = f" ({error.schema['description']})" if "description" in error.schema else ""
        yield f"{where}: given {json.dumps(error.instance)}, must be {allowed}{about}"


def resolve(config: Mapping[str, Any], gpus: int | None = None) -> dict[str, Any]:
    """What the `auto` settings mean, decided once by whoever submits the run.

    `engine`: quarto or embedded; `pdf`: latex or typst; `gpu`: whether a CUDA GPU is at hand, here
    or, where the run's resources name some (`gpus`), on the cluster that it sends jobs to.
    A job on another node finds the submitter's answer in `$GROUNDWORK_RESOLVED`.
    """
    if RESOLVED in os.environ:
        return dict(json.loads(os.environ[RESOLVED]))
    engine, pdf = config["render"]["engine"], config["render"]["pdf"]
    answer = {
        "engine": ("quarto" if shutil.which("quarto") else "embedded")
        if engine == "auto"
        else engine,
        "pdf": ("latex" if shutil.which("pdflatex") else "typst") if pdf == "auto" else pdf,
        "gpu": shutil.which("nvidia-smi") is not None if gpus is None else gpus > 0,
    }
    os.environ[RESOLVED] = json.dumps(answer)
    return answer
