"""What sending a job to Slurm costs, from the samples that were recorded."""

import json
from pathlib import Path
from statistics import median

from groundwork.core.claims import Claim, claim
from groundwork_harness.pipeline import step


class Settings(step.Settings):
    """The recorded cost of sending a job to Slurm; nothing to set."""


def main(settings: Settings, *, record: Path) -> step.Claims:
    """`record`: raw samples of tests/cluster/record_submission.py, in seconds."""
    found = json.loads(record.read_text(encoding="utf-8"))
    samples = found["samples"]

    def seconds(name: str) -> Claim:
        values = samples[name]
        spread = (min(values), max(values))
        return claim(median(values), "s", "recorded", n=len(values), spread=spread)

    return {
        "here": seconds("here"),
        "sent": seconds("sent"),
        "group": seconds("group"),
        "group_size": claim(samples["group_size"], "", "recorded"),
        "files": claim(samples["files"], "", "recorded"),
        "cores": claim(samples["cores"], "", "recorded"),
        "load": claim(median(samples["load"]), "", "recorded", n=len(samples["load"])),
        "date": claim(found["provenance"]["time"][:10], "", "recorded"),
        "programs": claim(", ".join(filter(None, found["programs"].values())), "", "recorded"),
    }


if __name__ == "__main__":
    step.run(main)
