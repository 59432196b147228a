"""What has been recorded at full scale, beside its bars; says so where nothing has been."""

import json
from dataclasses import dataclass
from pathlib import Path

from groundwork.core.claims import claim
from groundwork.pipeline import step
from groundwork.transformer.io import write_table


@dataclass(frozen=True)
class Settings:
    validation_loss: float
    parameters: int
    parameters_tolerance: int


def main(settings: Settings, *, records: list[Path], table: step.Out) -> step.Claims:
    """`records`: this build's shapes, and every recorded full-scale training there is."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in records]
    runs = [r for r in read if r["provenance"]["rule"] == "transformer_train"]
    counted = next(r for r in read if r["provenance"]["rule"] == "transformer_shapes")
    parameters = counted["claims"]["full_parameters"]["value"]
    within = abs(parameters - settings.parameters) <= settings.parameters_tolerance
    rows = [
        {
            "quantity": "parameters",
            "bar": f"{settings.parameters:,} ± {settings.parameters_tolerance:,}",
            "value": f"{parameters:,}",
            "source": "counted here" if within else "counted here: outside the bar",
        }
    ]
    names = {
        "validation_loss": ("validation loss, nats a character", f"≤ {settings.validation_loss}"),
        "seeds": ("seeds", "3"),
        "minutes": ("minutes a run", "stated"),
        "tokens_per_second": ("tokens a second", "stated"),
        "memory": ("memory, MiB", "stated"),
    }
    for name, (words, bar) in names.items():
        if not runs:
            rows.append({"quantity": words, "bar": bar, "value": "none recorded", "source": "open"})
        for run in runs:
            entry, origin = run["claims"][name], run["provenance"]
            value = entry["value"]
            shown = f"{value:.4g}" if isinstance(value, float) else f"{value:,}"
            source = f"{run['claims']['device']['value']}, {origin['time'][:10]}"
            rows.append({"quantity": words, "bar": bar, "value": shown, "source": source})
    write_table(table, rows)
    return {
        "runs": claim(len(runs), "", "exact"),
        "full_parameters": claim(parameters, "", "exact"),
        "within_size": claim("yes" if within else "no", "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
