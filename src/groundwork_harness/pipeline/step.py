"""A step as a command: typed options from a function's signature, atomic outputs, provenance.

A step script holds one `main` and ends with `step.run(main)`:

    class Settings(step.Settings):
        ranks: list[int] = knob("Ranks at which the energy is read.", min_length=1)
        seed: int = knob("Seed of the draws.", ge=0)

    def main(settings: Settings, *, weights: list[Path], arrays: step.Out) -> step.Claims:
        ...
        return {"energy": claim(90.1, "%", n=4)}

    if __name__ == "__main__":
        step.run(main)

and anyone can paste its command into a shell:

    python workflow/steps/operators/spectra.py --settings '{"ranks": [1, 2], "seed": 0}' \
        --weights a.th b.th --arrays spectra.npz --json spectra.json

`Path` options are inputs, `list[Path]` one or more of them, `Out` an output. Outputs are written
to temporary names and renamed when `main` returns; the JSON of claims and provenance comes last,
so a result exists whole or not at all.
"""

import argparse
import inspect
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NewType, get_type_hints

from groundwork.core import result
from groundwork.core.atomic import replacing
from groundwork.core.claims import Claim
from groundwork.core.provenance import ROOT, provenance, standins
from groundwork_harness.pipeline import closure, gpu_allocation, parent_watchdog, pinned, pins
from groundwork_harness.pipeline.settings import Settings, bounded, build, knob

__all__ = ["Claims", "Out", "Settings", "as_planned", "bounded", "knob", "run", "spent"]

Out = NewType("Out", Path)
Claims = Mapping[str, Claim]


def run(main: Callable[..., Claims]) -> None:
    """Parse the command line by `main`'s signature, run it, write its outputs and its record."""
    parent_watchdog.hold()
    script = Path(inspect.getfile(main)).resolve()
    hints = get_type_hints(main)
    arguments = _parser(script, hints, main.__module__).parse_args()
    try:
        settings = build(hints["settings"], arguments.settings)
        inputs, outputs = _paths(arguments, hints)
        _check_inputs(inputs)
        # What is read now makes the result; at the end it may have been edited.
        origin = _record(script, json.loads(arguments.settings), inputs, arguments.code)
        pinned.hold(origin["inputs"])
        gpu_allocation.take()
    except ValueError as problem:
        sys.exit(f"{script.name}: {problem}")
    if native := getattr(arguments, "native", None):
        os.environ["GROUNDWORK_NATIVE"] = str(native.resolve().parent)
    with ExitStack() as stack:
        temporary = {name: stack.enter_context(replacing(path)) for name, path in outputs.items()}
        claims = main(settings, **{name: getattr(arguments, name) for name in inputs}, **temporary)
    result.write(arguments.json, claims, origin | {"spent": spent()}, outputs.values())


def _parser(script: Path, hints: dict[str, Any], module: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=script.name,
        description=sys.modules[module].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--settings", required=True, help="the step's settings, as JSON")
    parser.add_argument("--json", required=True, type=Path, help="claims and provenance (output)")
    parser.add_argument("--code", help="digest of the closure to run; any other code is refused")
    for name, hint in hints.items():
        if name in ("settings", "return"):
            continue
        option = "--" + name.replace("_", "-")
        if hint is Out:
            parser.add_argument(option, required=True, type=Path, help="output")
        elif hint == list[Path]:
            parser.add_argument(option, required=True, type=Path, nargs="+", help="inputs")
        elif hint is Path:
            parser.add_argument(option, required=True, type=Path, help="input")
        else:
            raise TypeError(f"{script.name}: option {name} has type {hint}, not Path or Out")
    return parser


def _paths(
    arguments: argparse.Namespace, hints: dict[str, Any]
) -> tuple[dict[str, list[Path]], dict[str, Path]]:
    inputs, outputs = {}, {}
    for name, hint in hints.items():
        if hint is Out:
            outputs[name] = getattr(arguments, name)
        elif name not in ("settings", "return"):
            value = getattr(arguments, name)
            inputs[name] = value if isinstance(value, list) else [value]
    return inputs, outputs


def _check_inputs(inputs: dict[str, list[Path]]) -> None:
    for name, paths in inputs.items():
        for path in paths:
            if not path.exists():
                raise ValueError(f"--{name}: there is no file {path}")


def _record(
    script: Path, settings: dict[str, Any], inputs: dict[str, list[Path]], planned: str | None
) -> dict[str, Any]:
    files = [path for paths in inputs.values() for path in paths if path.is_file()]
    code = as_planned(script, planned)
    seeds = settings.get("seeds", [settings["seed"]] if "seed" in settings else [])
    return provenance(
        f"{script.parent.name}_{script.stem}",
        inputs=files,
        seeds=range(seeds) if isinstance(seeds, int) else seeds,
        packages=sorted(filter(pins.installed, code.packages)),
        code=code.digest,
        settings=settings,
        standins=standins(files),
        threads=os.environ.get("OMP_NUM_THREADS", "unset"),
        script=script.relative_to(ROOT).as_posix() if script.is_relative_to(ROOT) else script.name,
    )


def as_planned(script: Path, digest: str | None) -> closure.Closure:
    """The closure of a script that is about to run; `digest` is that of the run's plan, if any.

    Raises `ValueError` where the code has been edited since, or where a run's job finds another
    package than the one that the closure names: what would be computed is not what was asked for.
    """
    found = closure.of(script)
    if digest not in (None, found.digest):
        raise ValueError("its code was edited after the run had begun; type the command again")
    # A command that was pasted into a shell, on whatever machine, takes what is there.
    for package, version in (
        found.packages.items() if parent_watchdog.VARIABLE in os.environ else ()
    ):
        here = pins.installed(package)
        if here not in ("", version):
            raise ValueError(
                f"{package} {here} is installed, requirements.lock pins {version}; run: make setup"
            )
    return found


def spent() -> dict[str, float]:
    """Processor seconds and peak memory (MiB) of this process and of those it has waited for.

    Not of Snakemake's benchmark, which sees of a job that is a fork only who asked for it.
    """
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = max(own.ru_maxrss, others.ru_maxrss) / (1024**2 if sys.platform == "darwin" else 1024)
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return {"processor_seconds": round(seconds, 2), "peak_mib": round(peak, 1)}
