"""A figure as a command: reads results, draws, writes every medium, and a record; computes nothing.

A figure script names its inputs in a literal table, which the pipeline reads without running it:

    INPUTS = {"spectra": "operators/spectra.npz"}

    def draw(theme: Theme, spectra: Path) -> Figure: ...

    if __name__ == "__main__":
        figure.run(draw, INPUTS)

    python workflow/figures/operators/spectrum.py --results results/laptop --out spectrum

An animation says `ANIMATED = True`, yields equal-sized figures, and calls `run_animation`.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from matplotlib.figure import Figure

from groundwork.core.atomic import write_json
from groundwork.core.provenance import ROOT, provenance, standins
from groundwork.core.style import Theme
from groundwork_harness.pipeline import parent_watchdog, step
from groundwork_harness.pipeline.media import save_animation, save_figure

T = TypeVar("T")


def run(draw: Callable[..., Figure], inputs: Mapping[str, str]) -> None:
    """Write `<out>.light.svg`, `.dark.svg`, `.pdf`, `.png`, `.record.json` of `draw(theme, **paths)`."""
    paths, out, origin = _begin(inputs)
    save_figure(partial(_call, draw, paths), out)
    _end(out, origin)


def run_animation(
    frames: Callable[..., Iterable[Figure]],
    inputs: Mapping[str, str],
    **options: Any,
) -> None:
    """As `run`, with GIFs and a still of one frame; `options` are those of `media.save_animation`."""
    paths, out, origin = _begin(inputs)
    save_animation(partial(_call, frames, paths), out, **options)
    _end(out, origin)


def _begin(inputs: Mapping[str, str]) -> tuple[dict[str, Path], Path, dict[str, Any]]:
    """The paths that were asked for, and where the figure will have come from.

    The latter is taken before anything is drawn: at the end a file may have been edited.
    """
    parent_watchdog.hold()
    arguments, paths = _arguments(inputs)
    script = Path(sys.argv[0]).resolve()
    try:
        code = step.as_planned(script, arguments.code)
    except ValueError as problem:
        sys.exit(f"{script.name}: {problem}")
    origin = provenance(
        f"{script.parent.name}/figures/{script.stem}",
        inputs=paths.values(),
        packages=["matplotlib"],
        code=code.digest,
        standins=standins(paths.values()),
        script=script.relative_to(ROOT).as_posix(),
    )
    return paths, arguments.out, origin


def _end(out: Path, origin: dict[str, Any]) -> None:
    """The record is written last."""
    record = {"provenance": origin | {"spent": step.spent()}}
    write_json(out.with_name(out.name + ".record.json"), record)


def _call(function: Callable[..., T], paths: dict[str, Path], theme: Theme) -> T:
    return function(theme, **paths)


def _arguments(inputs: Mapping[str, str]) -> tuple[argparse.Namespace, dict[str, Path]]:
    main = sys.modules["__main__"]
    parser = argparse.ArgumentParser(description=main.__doc__, allow_abbrev=False)
    parser.add_argument("--results", required=True, type=Path, help="folder of one scale's results")
    parser.add_argument("--out", required=True, type=Path, help="output path without a suffix")
    parser.add_argument("--code", help="digest of the closure to run; any other code is refused")
    arguments = parser.parse_args()
    paths = {name: arguments.results / path for name, path in inputs.items()}
    for path in paths.values():
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return arguments, paths
