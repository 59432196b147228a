"""Seconds of the loop a person waits in, of two checkouts in turn.

    python workflow/compare_checkouts.py BEFORE AFTER --cases document knob first nothing

Each checkout's HEAD is cloned into a temporary folder; the checkouts themselves are not touched.
Its environment is its `.venv` where it has one, else the one that runs this script. An empty
Snakefile runs beside each timing, and its median is subtracted (except from `nothing`, which is
divided by it).
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

PAGE = "reports/smoke/calculus"
FIRST_JOB = "results/smoke/calculus/trajectories.json"
# calculus.trajectories.damping: a path that its figure shows
KNOB = r"(\n  trajectories:(?:\n    .*)*?\n    damping: )0\.\d+"
CASES = ("document", "knob", "first", "nothing", "smoke")


@dataclass
class Side:
    """A checkout to be measured: its name in the table, a clone of it, its environment."""

    name: str
    source: Path
    clone: Path
    variables: dict[str, str]

    def fresh(self) -> None:
        """A clone without results."""
        shutil.rmtree(self.clone, ignore_errors=True)
        words = ["git", "clone", "--quiet", "--shared", str(self.source), str(self.clone)]
        subprocess.run(words, check=True)

    def build(self, target: str, cores: int) -> float:
        """Wall seconds of making a target."""
        scale = ["--configfile", "workflow/scales/smoke.yaml"]
        words = ["snakemake", "--cores", str(cores), target, *scale]
        return timed(words, self.clone, self.variables)


def timed(words: list[str], folder: Path, variables: dict[str, str]) -> float:
    """Wall seconds of a command."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        done = subprocess.run(
            words, cwd=folder, env=variables, stdout=output, stderr=subprocess.STDOUT
        )
        wall = time.perf_counter() - start
        if done.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(words)} in {folder}:\n{output.read().decode()[-3000:]}")
    return wall


def side(name: str, source: Path, folder: Path) -> Side:
    own = source / ".venv" / "bin"
    path = own if own.is_dir() else Path(sys.executable).parent
    clone = folder / name
    variables = {
        **os.environ,
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(clone / "src"),
    }
    return Side(name, source, clone, variables)


def edit_document(clone: Path, turn: int) -> None:
    """One more sentence at the end of the page."""
    page = clone / "src/documents/rooms/calculus.qmd"
    page.write_text(page.read_text() + f"\nSentence {turn}.\n")


def edit_knob(clone: Path, turn: int) -> None:
    """Another value of a number that one figure shows."""
    config = clone / "config.yaml"
    text, count = re.subn(KNOB, rf"\g<1>0.{20 + turn}", config.read_text())
    if count != 1:
        sys.exit(f"{config}: {count} lines look like the knob {KNOB!r}, not one")
    config.write_text(text)


def sample(case: str, this: Side, turn: int, cores: int) -> float:
    """One timing; what has to be there before it is made outside of the timed part."""
    if case in ("first", "smoke"):
        this.fresh()
        return this.build(FIRST_JOB if case == "first" else "reports/smoke/all", cores)
    if not this.clone.exists():
        this.fresh()
    this.build(PAGE, cores)
    if case == "document":
        edit_document(this.clone, turn)
    elif case == "knob":
        edit_knob(this.clone, turn)
    return this.build(PAGE, cores)


def quartiles(values: list[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def row(case: str, before: list[float], after: list[float], idle: float) -> str:
    """A line of the table: medians with quartiles, and the ratio less the empty Snakefile."""
    cells = ["{1:.2f} ({0:.2f} to {2:.2f})".format(*quartiles(v)) for v in (before, after)]
    less = 0.0 if case == "nothing" else idle
    ratio = (statistics.median(after) - less) / (statistics.median(before) - less)
    more = f"; {statistics.median(after) / idle:.2f} x empty" if case == "nothing" else ""
    return f"| {case} | {cells[0]} | {cells[1]} | {ratio:.2f}{more} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES[:-1])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pair = [
            side("before", arguments.before.resolve(), folder),
            side("after", arguments.after.resolve(), folder),
        ]
        empty = folder / "empty"
        empty.mkdir()
        (empty / "Snakefile").write_text("rule all:\n")
        print("| case | before, s | after, s | after / before |\n|---|---|---|---|")
        for case in arguments.cases:
            found: dict[str, list[float]] = defaultdict(list)
            for turn in range(arguments.repeats):
                words = ["snakemake", "--cores", str(arguments.cores)]
                found["empty"].append(timed(words, empty, pair[1].variables))
                for this in pair if turn % 2 == 0 else pair[::-1]:
                    found[this.name].append(sample(case, this, turn, arguments.cores))
            both = (found[this.name] for this in pair)
            print(row(case, *both, statistics.median(found["empty"])), flush=True)


if __name__ == "__main__":
    main()
