"""Time left: seconds of each rule's job, from earlier runs here or from the authors' machine.

    python -m groundwork_harness.pipeline.estimate results/laptop

writes what a finished build took into `workflow/seconds.json`: processor seconds, which another
program beside the build does not stretch, from the records of steps and figures, else from
Snakemake's benchmarks.
"""

import csv
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT

RECORDED = ROOT / "workflow" / "seconds.json"
TIMES = ROOT / ".snakemake" / "groundwork" / "times.json"
Seconds = dict[str, float]
DOCUMENTS = {"page": "document_page", "bundle": "post_bundle", "site": "site"}


@dataclass
class Estimate:
    """Jobs left of each rule, and how long one takes: `own` seconds, else `recorded` ones, scaled."""

    own: Seconds
    recorded: Mapping[str, float]
    left: Counter[str] = field(default_factory=Counter)
    total: int = 0
    done: int = 0
    worked: float = 0.0
    began: float = field(default_factory=time.monotonic)
    taken: float = 0.0  # seconds of jobs done that were recorded elsewhere
    told: float = 0.0  # what the record says of them

    def __post_init__(self) -> None:
        self.before = frozenset(self.own)

    def plan(self, stats: Mapping[str, int]) -> None:
        """Take Snakemake's table of jobs per rule."""
        self.left = Counter({rule: n for rule, n in stats.items() if rule != "total"})
        self.total, self.done = stats.get("total", 0), 0

    def finish(self, rule: str, seconds: float) -> None:
        """Count a finished job."""
        self.done += 1
        self.worked += seconds
        self.left[rule] -= 1
        if rule in self.recorded:
            self.taken += seconds
            self.told += self.recorded[rule]
        known = self.own.get(rule)
        # Half the old estimate, half the new sample: follows a machine, forgets a hiccup.
        self.own[rule] = seconds if known is None else (known + seconds) / 2

    @property
    def pace(self) -> float:
        """How many times the recorded seconds a job takes here."""
        return self.taken / self.told if self.told else 1.0

    def time_left(self) -> float | None:
        """Seconds of wall time left; None where too little is known of what is left."""
        known = {rule: s * self.pace for rule, s in self.recorded.items()} | self.own
        if not known:
            return None
        other = statistics.median(known.values())
        work = sum(n * known.get(rule, other) for rule, n in self.left.items() if n > 0)
        elapsed = time.monotonic() - self.began
        return work / max(1.0, self.worked / elapsed if elapsed else 1.0)

    @property
    def basis(self) -> str:
        """What the estimate rests on."""
        left = {rule for rule, n in self.left.items() if n > 0}
        if left <= self.before:
            return "by earlier runs here"
        scaled = f" × {self.pace:.1f}, as the jobs done" if self.told else ""
        return f"by the authors' machine{scaled}" if self.recorded else "by the jobs done"


def start(scale: str) -> Estimate:
    """What is known before a run of this scale."""
    return Estimate(_read(TIMES).get(scale, {}), _read(RECORDED).get(scale, {}))


def keep(estimate: Estimate, scale: str) -> None:
    """Remember this run's seconds for the next."""
    try:
        write_text(TIMES, json.dumps(_read(TIMES) | {scale: estimate.own}, indent=1))
    except OSError:
        pass  # an estimate that cannot be kept costs nothing


def _read(path: Path) -> dict[str, Seconds]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): {str(r): float(s) for r, s in v.items()} for k, v in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _rule(benchmark: Path) -> str:
    """The rule of a benchmark, by its path below the folder of benchmarks, without suffix."""
    room, *below = benchmark.parts
    if room == "documents":
        return "document_pdf" if below[0] == "pdf" else DOCUMENTS.get(below[-1], "")
    if room == "ledger":
        return "ledger" if below == ["all"] else "ledger_room"
    return "figure" if below[0] == "figures" else f"{room}_{below[0]}"


def _recorded(made: Path) -> float | None:
    """The processor seconds that the record of a step or a figure tells of."""
    for record in (made.with_name(f"{made.name}.json"), made.with_name(f"{made.name}.record.json")):
        try:
            spent = json.loads(record.read_text(encoding="utf-8"))["provenance"]["spent"]
            return float(spent["processor_seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def measured(results: Path) -> Seconds:
    """Median processor seconds of each rule's jobs, by the benchmarks below `results`."""
    samples: dict[str, list[float]] = {}
    folder = results / "benchmarks"
    for path in sorted(folder.rglob("*.tsv")):
        with open(path, newline="", encoding="utf-8") as file:
            rows: list[dict[str, Any]] = list(csv.DictReader(file, delimiter="\t"))
        for row in rows:
            spent = [row[key] for key in ("cpu_time", "s") if row[key] not in ("NA", "-", "")]
            made = path.relative_to(folder).with_suffix("")
            seconds = _recorded(results / made) or float(spent[0])
            samples.setdefault(_rule(made), []).append(seconds)
    return {rule: round(statistics.median(s), 2) for rule, s in sorted(samples.items()) if rule}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    write_text(
        RECORDED, json.dumps(_read(RECORDED) | {place.name: measured(place)}, indent=1) + "\n"
    )
