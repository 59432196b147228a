"""What has been recorded at full scale, beside its bars; says so where nothing has been."""

from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import read_table, write_table
from groundwork.core.result import Result
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.records import origin
from groundwork_harness.pipeline.step import knob

# step, claim: what it is, and its bar (a number of the settings, or words)
QUANTITIES = {
    ("train", "validation_loss"): ("validation loss, nats a character", "≤ {validation_loss}"),
    ("train", "seeds"): ("seeds", "3"),
    ("train", "minutes"): ("minutes a run", "stated"),
    ("train", "tokens_per_second"): ("tokens a second in that run", "stated"),
    ("train", "memory"): ("memory in that run, MiB", "stated"),
    ("train", "bits_per_character"): ("bits a character, characters", "stated"),
    ("variants", "byte_pairs_bits_per_character"): ("bits a character, byte pairs", "stated"),
    ("speed", "ours_tokens_per_second"): ("tokens a second, ours", "stated"),
    ("speed", "sdpa_tokens_per_second"): ("tokens a second, SDPA in the same run", "stated"),
    ("speed", "time_ratio"): ("time of an update against SDPA's", "stated"),
    ("speed", "ours_memory"): ("memory, ours, MiB", "stated"),
    ("speed", "sdpa_memory"): ("memory, SDPA, MiB", "stated"),
    ("speed", "cache_speedup"): ("generation, times faster with the cache", "stated"),
}


class Settings(step.Settings):
    """Bars of the full scale."""

    validation_loss: float = knob("Nats a character, at most.", gt=0)
    parameters: int = knob("Parameters aimed at.", ge=1)
    parameters_tolerance: int = knob("Parameters by which they may differ.", ge=0)


def main(
    settings: Settings, *, records: list[Path], table: step.Out, texts: step.Out
) -> step.Claims:
    """`records`: this build's shapes, and whatever of full-scale runs has been recorded."""
    found = {path: Result.read(path) for path in records if path.suffix == ".json"}
    counted = next(r for r in found.values() if r.provenance["rule"] == "transformer_shapes")
    parameters = counted.claims["full_parameters"]["value"]
    within = abs(parameters - settings.parameters) <= settings.parameters_tolerance
    size = f"{settings.parameters:,} ± {settings.parameters_tolerance:,}"
    source = "counted here" if within else "counted here: outside the bar"
    rows = [{"quantity": "parameters", "bar": size, "value": f"{parameters:,}", "source": source}]
    runs = [path.parent for path in found if path.name == "train.json"]
    devices = {run: found[run / "train.json"].claims["device"]["value"] for run in runs}
    for (name, key), (words, bar) in QUANTITIES.items():
        entry = {"quantity": words, "bar": bar.format(validation_loss=settings.validation_loss)}
        made = [(run, found[run / f"{name}.json"]) for run in runs if run / f"{name}.json" in found]
        shown = [
            {**entry, "value": _number(result, key), "source": origin(devices[run], result)}
            for run, result in made
            if key in result.claims
        ]
        rows += shown or [{**entry, "value": "none recorded", "source": "open"}]
    newest = max(runs, key=lambda run: found[run / "train.json"].provenance["time"], default=None)
    told = {}  # for the prose
    for name, key in QUANTITIES:
        made = found.get(newest / f"{name}.json") if newest else None
        none = claim("not recorded", "", "recorded")
        told[f"{name}_{key}"] = made.claims.get(key, none) if made else none
    write_table(table, rows)
    write_table(texts, _texts(records, found, devices))
    return {
        "runs": claim(len(runs), "", "exact"),
        "full_parameters": claim(parameters, "", "exact"),
        "within_size": claim("yes" if within else "no", "", "exact"),
        "device": claim(devices[newest] if newest else "none", "", "recorded"),
        **{name: {**entry, "kind": "recorded"} for name, entry in told.items()},
    }


def _number(result: Result, key: str) -> str:
    value = result.claims[key]["value"]
    return f"{value:,.5g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"


def _texts(
    records: list[Path], found: dict[Path, Result], devices: dict[Path, str]
) -> list[dict[str, str]]:
    """The recorded samples, all of them; the first line of a run's says where it was trained."""
    rows = []
    for path in records:
        if path.name == "samples.csv" and (result := found.get(path.with_suffix(".json"))):
            for index, line in enumerate(read_table(path)):
                made = "" if index else origin(devices[path.parent], result)
                rows.append({**line, "source": made})
    return rows or [{"setting": "none recorded", "seed": "", "line": "", "source": "open"}]


if __name__ == "__main__":
    step.run(main)
