"""The configuration: overlays of the scale, validation with words, and what `auto` means here."""

import difflib
import glob
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT

Config = dict[str, Any]
RESOLVED = "GROUNDWORK_RESOLVED"  # set by the submitter, so that jobs elsewhere do not decide again
QUARTO = (1, 9, 38)  # rendered the documents as the embedded engine does; so will a later 1.9


class ConfigError(ValueError):
    """A configuration no rule should run with; the message names key, value and remedy."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a key given twice is a fault; PyYAML would keep the second in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]:
            if key.value in seen:
                words = f"the key {key.value!r} is given twice in one block; keep one"
                raise yaml.constructor.ConstructorError(None, None, words, key.start_mark)
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def load(path: Path, *, may_be_empty: bool = False) -> Config:
    """The mapping that a YAML file holds. Raises `ConfigError` where it holds none."""
    content = read(path)
    if content is None and may_be_empty:
        return {}
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise ConfigError(f"{path} {found}; it must hold lines of the form `key: value`")
    return content


def read(path: Path) -> Any:
    """What a YAML file holds. Raises `ConfigError` with the line for what is not YAML."""
    try:
        return yaml.load(_content(path).decode("utf-8"), Loader=_Loader)
    except UnicodeDecodeError as problem:
        line = _content(path).count(b"\n", 0, problem.start) + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8 text; save it as such") from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}, line {line}: not valid YAML: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise ConfigError(f"{path}: not valid YAML: {problem}") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"{path} cannot be read: {problem.strerror}; it must be a YAML file (the committed "
            "one comes back with: git checkout)"
        ) from None


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
    if config := _recall(kept):
        return config
    base = load(root / "config.yaml")
    scale = str(overrides.get("scale", base.get("scale")))
    scales = root / "workflow" / "scales"
    for file in scales.glob(f"{glob.escape(scale)}.yaml"):
        load(file)  # Snakemake read it, less strictly
    for layer in sorted((scales / scale).glob("*.yaml")):
        base = merge(base, load(layer, may_be_empty=True))
    config = merge(base, overrides)
    problems = list(check(config, schema(root)))
    if any(": unknown key" in words or "is missing" in words for words in problems):
        problems.append(
            "(where a step's Settings just gained or lost this key: groundwork schemas)"
        )
    if problems:
        raise ConfigError("the configuration is refused:\n  " + "\n  ".join(problems))
    try:
        write_text(kept, json.dumps(config))
    except OSError:
        pass  # a read-only checkout: checked again next time
    return config


def _recall(kept: Path) -> Config | None:
    """A configuration that passed before; None where the file is missing or torn."""
    try:
        config = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) and "scale" in config else None


def _fingerprint(overrides: Mapping[str, Any], root: Path) -> str:
    """What the outcome depends on: the values, the schemas, and this code."""
    files = [root / "config.yaml", *sorted((root / "workflow" / "scales").rglob("*.yaml"))]
    parts = [str(path).encode() + _content(path) for path in [*files, *_schemas(root)]]
    parts += [
        repr(overrides).encode(),
        Path(__file__).read_bytes(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _schemas(root: Path) -> list[Path]:
    return sorted((root / "workflow" / "schemas").glob("*.schema.*"))


def schema(root: Path = ROOT) -> Config:
    """The whole schema: config.schema.yaml and one property per room's `<room>.schema.json`."""
    whole = load(root / "workflow" / "schemas" / "config.schema.yaml")
    for path in _schemas(root):
        room = path.name.partition(".")[0]
        if room != "config":
            whole["properties"][room] = json.loads(_content(path))
            whole["required"].append(room)
    whole["additionalProperties"] = False
    return whole


def check(config: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    """One line per fault: the key, what was given, what is allowed."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # JSON Schema takes 12.0 for an integer and .nan for a number; a step takes neither.
    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: type(value) is int,
            "number": lambda _, value: type(value) in (int, float) and math.isfinite(value),
        }
    )
    strict = extend(Draft202012Validator, type_checker=types)
    for error in sorted(strict(rules).iter_errors(config), key=lambda e: [*map(str, e.path)]):
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
        given = json.dumps(error.instance, default=str)
        yield f"{where}: given {given}, must be {allowed}{about}{_hint(error)}"


def _hint(error: Any) -> str:
    """What to write for a number that YAML, or Snakemake's --config, took for text."""
    wanted = error.validator_value if error.validator == "type" else ()
    if not isinstance(error.instance, str) or not {"integer", "number"} & {*_listed(wanted)}:
        return ""
    try:
        number = yaml.safe_load(error.instance)
        number = number if type(number) is int else float(error.instance)
    except (ValueError, yaml.YAMLError):
        return ""
    return (
        f"; this is text, write {yaml.safe_dump(number).split()[0]} (powers of ten as 1.0e-2 or "
        "1.0e+2; what --config takes in braces stays text: use a file and --configfile)"
    )


def _listed(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def downloads(config: Mapping[str, Any]) -> str:
    """How data are fetched, as JSON, for the environment of commands: no result depends on it."""
    return json.dumps({key: config["data"][key] for key in ("mirrors", "timeout", "retries")})


def tried_quarto() -> bool:
    """Whether there is a working `quarto` of the version tried, or of a later one in its line."""
    if not shutil.which("quarto"):
        return False
    call = ["quarto", "--version"]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = tuple(int(part) for part in re.findall(r"\d+", done.stdout)[:3])
    return done.returncode == 0 and found[:2] == QUARTO[:2] and found >= QUARTO


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
        "engine": ("quarto" if tried_quarto() else "embedded") if engine == "auto" else engine,
        "pdf": ("latex" if shutil.which("pdflatex") else "typst") if pdf == "auto" else pdf,
        "gpu": shutil.which("nvidia-smi") is not None if gpus is None else gpus > 0,
    }
    os.environ[RESOLVED] = json.dumps(answer)
    return answer
