"""The preference pairs: a polite and a rude answer around one fact, with their lengths."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from dataclasses import asdict
from pathlib import Path

import numpy as np

from groundwork.alignment.io import open_model
from groundwork.alignment.manners import pairs as make
from groundwork.alignment.manners import templates
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Preference pairs."""

    per_prompt: int = knob("Pairs of each training question.", ge=1)
    held_out_per_prompt: int = knob("Pairs of each held-out question.", ge=1)
    seed: int = knob("Seed of templates and order.", ge=0)


def main(settings: Settings, *, weights: list[Path], pairs: step.Out) -> step.Claims:
    _, chat, _ = open_model(weights, 64)
    train = make("train", settings.per_prompt, settings.seed)
    held = make("held_out", settings.held_out_per_prompt, settings.seed)
    rows = [
        {
            **asdict(pair),
            "chosen_tokens": len(chat.answer(pair.chosen)),
            "rejected_tokens": len(chat.answer(pair.rejected)),
        }
        for pair in train + held
    ]
    write_table(pairs, rows)
    chosen = np.array([row["chosen_tokens"] for row in rows])
    rejected = np.array([row["rejected_tokens"] for row in rows])
    used = {part: _templates(part) for part in ("train", "held_out")}
    return {
        "train": claim(len(train), "", "exact"),
        "held_out": claim(len(held), "", "exact"),
        "train_prompts": claim(len({pair.prompt for pair in train}), "", "exact"),
        "held_out_prompts": claim(len({pair.prompt for pair in held}), "", "exact"),
        "shared_prompts": claim(
            len({pair.prompt for pair in train} & {pair.prompt for pair in held}), "", "exact"
        ),
        "train_templates": claim(len(used["train"]), "", "exact"),
        "held_out_templates": claim(len(used["held_out"]), "", "exact"),
        "shared_templates": claim(len(used["train"] & used["held_out"]), "", "exact"),
        "chosen_tokens": claim(float(chosen.mean()), "", "exact", n=len(rows)),
        "rejected_tokens": claim(float(rejected.mean()), "", "exact", n=len(rows)),
        "largest_difference": claim(int(np.abs(chosen - rejected).max()), "", "exact"),
    }


def _templates(part: str) -> set[tuple[str, str]]:
    return {made for manner in ("polite", "rude") for made in templates(part, manner)}  # type: ignore[arg-type]


if __name__ == "__main__":
    step.run(main)
