"""What sending a job to Slurm costs, from the samples that were recorded."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from groundwork.core.claims import Claim, claim
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    """Nothing to set: the samples were taken elsewhere."""


def main(settings: Settings, *, record: Path) -> step.Claims:
    """`record`: raw samples of tests/cluster/record_submission.py, in seconds."""
    found = json.loads(record.read_text(encoding="utf-8"))
    samples = found["samples"]

    def seconds(name: str) -> Claim:
        values = samples[name]
        spread = (min(values), max(values))
        return claim(median(values), "s", "recorded", n=len(values), spread=spread)

    size = samples["group_size"]
    extra = [g - s for g, s in zip(samples["group"], samples["sent"], strict=True)]
    return {
        "here": seconds("here"),
        "sent": seconds("sent"),
        "group": seconds("group"),
        "group_size": claim(size, "", "recorded"),
        "group_job": claim(median(extra) / (size - 1), "s", "recorded", n=len(extra)),
        "files": claim(samples["files"], "", "recorded"),
        "cores": claim(samples["cores"], "", "recorded"),
        "load": claim(median(samples["load"]), "", "recorded", n=len(samples["load"])),
        "date": claim(found["provenance"]["time"][:10], "", "recorded"),
        "programs": claim(", ".join(found["programs"].values()), "", "recorded"),
    }


if __name__ == "__main__":
    step.run(main)
