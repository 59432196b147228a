"""What the longer run found, where one has been recorded; says so where none has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from groundwork.core.claims import Claim, claim
from groundwork.core.files import read_table, write_table
from groundwork.core.result import Result
from groundwork_harness.pipeline import records as archive
from groundwork_harness.pipeline import step

NONE = "none recorded"
RUN = ("variant", "beta", "anchor", "layers", "update")  # what a run's name stands for
KEPT = ("answers", "base_phrases", "base_judged", "headline_phrases_rise", "headline_judged_rise",
        "headline_kl", "headline_perplexity_rise")  # fmt: skip
MEANS = ("variant", "update", "seeds", "phrases", "judged", "kl", "perplexity")


class Settings(step.Settings):
    """The longer run's record; nothing to set."""


def main(
    settings: Settings, *, records: list[Path], runs: list[Path], table: step.Out, means: step.Out
) -> step.Claims:
    """`records`: this build's evaluation, and those that were recorded, each beside its table.

    `runs`: the training results beside them, whose settings say what a run's name means.
    """
    rows: list[dict[str, Any]] = []
    recorded = [path for path in records if "recorded" in path.parts]
    trained = {path.parent: path for path in runs}
    for path in recorded:
        source = archive.origin(path.parts[-3], Result.read(path))
        sets = {one["name"]: one for one in Result.read(trained[path.parent]).settings["runs"]}
        found = read_table(path.with_suffix(".csv"))
        rows += [{**row, **_run(row["point"], sets), "source": source} for row in found]
    names = [*read_table(records[0].with_suffix(".csv"))[0], *RUN, "source"]
    write_table(table, rows or [{"point": NONE, "source": "open"}], names)
    write_table(means, _means(rows) if rows else [{"variant": NONE}], MEANS)
    last = Result.read(recorded[-1]).claims if recorded else {}
    return {"runs": claim(len(recorded), "", "exact")} | {name: _claim(last, name) for name in KEPT}


def _claim(found: Mapping[str, Any], name: str) -> Claim:
    """A claim of the newest record as a recorded one."""
    if name not in found:
        return claim(NONE, "", "recorded")
    known = found[name]
    return claim(known["value"], known["unit"], "recorded", n=known["n"], spread=known["spread"])


def _run(point: str, sets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the name of a point, run@update, stands for."""
    if point == "base":
        return dict.fromkeys(RUN, "") | {"variant": point}
    name, _, update = point.partition("@")
    run = sets[name]
    parts = [f"β = {run['beta']:g}"]
    if run["anchor"]:
        parts.append(f"anchor {run['anchor']:g}")
    if run["upper"] > min(one["upper"] for one in sets.values()):
        parts.append(f"{run['upper']} layers")
    values = (", ".join(parts), run["beta"], run["anchor"], run["upper"], int(update))
    return dict(zip(RUN, values, strict=True))


def _means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over seeds of each variant and update, with the least and the largest."""
    shown, numbers = [], MEANS[3:]
    found = pd.DataFrame(rows).astype(dict.fromkeys(numbers, float))
    for (variant, update), part in found.groupby(["variant", "update"], sort=False):
        row: dict[str, Any] = {"variant": variant, "update": update, "seeds": len(part)}
        for name, digits in zip(numbers, (0, 0, 2, 2), strict=True):
            low, high = part[name].min(), part[name].max()
            spread = f" ({low:.{digits}f}–{high:.{digits}f})" if len(part) > 1 else ""
            row[name] = f"{part[name].mean():.{digits}f}{spread}"
        shown.append(row)
    return shown


if __name__ == "__main__":
    step.run(main)
