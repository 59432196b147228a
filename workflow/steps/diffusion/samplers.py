"""Samplers at equal network calls, and the same sampler with one thing done otherwise.

Judged on held-out images, since the choice of a sampler is a choice.
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from blocks import prepare
from safetensors.torch import load_file

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.diffusion.evaluation import Panel, load_classifier, subset
from groundwork.diffusion.io import load, scaled, to_bytes
from groundwork.diffusion.sampling import ddim_sample, p_sample_loop
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Samplers compared."""

    count: int = knob("Samples of each sampler.", ge=8)
    calls: list[bounded(int, ge=1)] = knob("Network calls.", min_length=1)
    variant_calls: int = knob("Network calls of the variants.", ge=1)
    draws: int = knob("Random halves for an interval.", ge=2)
    threads: int = knob("Calls side by side, of one thread each.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where the network runs.")
    seed: int = knob("Seed of the noise.", ge=0)


def main(
    settings: Settings, *, images: Path, classifier: Path, checkpoints: list[Path], table: step.Out
) -> step.Claims:
    """`checkpoints`: the laptop's own first; a recorded one, the last, is what samples."""
    prepare(1)
    model = load(checkpoints[-1], device=settings.device)
    with np.load(images) as data:
        held = data["held_out"]
    count = min(settings.count, len(held))
    judge = load_classifier(load_file(classifier), held.shape[-1])
    panel = Panel(judge, scaled(subset(held, count, settings.seed)))
    plans: list[tuple[str, int, Any, dict[str, Any]]] = []
    for calls in settings.calls:
        plans.append(("DDIM", calls, ddim_sample, {}))
        plans.append(("ancestral", calls, p_sample_loop, {}))
    some = settings.variant_calls
    plans += [
        ("ancestral, β variance", some, p_sample_loop, {"variance": "beta"}),
        ("ancestral, noise at the last step", some, p_sample_loop, {"last_noise": True}),
        ("ancestral, x₀ unclipped", some, p_sample_loop, {"clip": False}),
        ("DDIM, x₀ unclipped", some, ddim_sample, {"clip": False}),
    ]
    rows: list[dict[str, Any]] = []
    claims: dict[str, Claim] = {}
    shape = (count, 1, model.config.size, model.config.size)
    for name, calls, sampler, options in plans:
        drawn = sampler(
            model, shape, settings.seed, calls=calls, workers=settings.threads, **options
        )
        found = panel.verdict(scaled(to_bytes(drawn)), settings.draws, settings.seed)
        low, high = found.frechet_interval
        row = {"sampler": name, "calls": calls, "n": count, "frechet": found.frechet}
        rows.append({**row, "low": low, "high": high, "confident": found.confident})
        key = f"{_key(name)}_{calls}"
        claims[f"{key}_frechet"] = claim(found.frechet, n=count, spread=[low, high])
        claims[f"{key}_confident"] = claim(100 * found.confident, "%", n=count)
        print(rows[-1], flush=True)
    write_table(table, rows)
    return {"recorded": claim(len(checkpoints) > 1, "", "exact"), **claims}


def _key(name: str) -> str:
    words = name.lower().replace("β", "beta").replace("x₀", "x0").replace(",", "").split()
    return "_".join(words)


if __name__ == "__main__":
    step.run(main)
