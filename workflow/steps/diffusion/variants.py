"""One choice undone at a time: the ε-skip, the cool-down, the average, the schedule, stratified t.

Small networks, several seeds, equal updates, judged by the loss on held-out images. Losses under
different schedules are of different tasks, so the cosine schedule is judged by its samples.
"""

import statistics
from pathlib import Path
from typing import Any

import numpy as np
import torch
from blocks import Loop, Network, Noise, loop, network
from safetensors.torch import load_file

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.diffusion.evaluation import Panel, load_classifier, subset
from groundwork.diffusion.io import scaled, to_bytes
from groundwork.diffusion.model import UNet
from groundwork.diffusion.sampling import ddim_sample
from groundwork.diffusion.training import Trainer, held_out_loss
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

CHOICES: dict[str, dict[str, Any]] = {
    "all": {},
    "no_skip": {"noise_skip": False},
    "no_cooldown": {"cooldown": 0},
    "cosine": {"kind": "cosine"},
}
LATE = 0.5  # of T: beyond it x_t is mostly noise, where the skip is said to matter


class Settings(step.Settings):
    """Choices undone one at a time."""

    model: Network = knob("Sizes of the U-Net.")
    noise: Noise = knob("The schedule of variances.")
    loop: Loop = knob("The optimisation.")
    seeds: list[bounded(int, ge=0)] = knob("One run per choice and seed.", min_length=1)
    count: int = knob("Samples of each run.", ge=8)
    calls: int = knob("Network calls of DDIM.", ge=1)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(settings: Settings, *, images: Path, classifier: Path, table: step.Out) -> step.Claims:
    torch.set_num_threads(settings.threads)
    with np.load(images) as data:
        train, pixels = scaled(data["train"]), data["held_out"]
    held, count = scaled(pixels), min(settings.count, len(pixels))
    judge = load_classifier(load_file(classifier), pixels.shape[-1])
    panel = Panel(judge, scaled(subset(pixels, count, 0)))
    rows = []
    for name, choice in CHOICES.items():
        for seed in settings.seeds:
            for row in _run(settings, name, choice, seed, train, held, panel, count):
                rows.append(row)
                print(row, flush=True)
    write_table(table, rows)
    return _claims(rows, len(settings.seeds))


def _run(
    settings: Settings,
    name: str,
    choice: dict[str, Any],
    seed: int,
    train: torch.Tensor,
    held: torch.Tensor,
    panel: Panel,
    count: int,
) -> list[dict[str, Any]]:
    """One training; where the rate stays up, its averaged weights are judged too."""
    torch.manual_seed(seed)
    noise = settings.noise.model_copy(update={k: v for k, v in choice.items() if k == "kind"})
    skip = choice.get("noise_skip", True)
    model = UNet(network(settings.model, noise, train.shape[-1], noise_skip=skip))
    fall = choice.get("cooldown", settings.loop.cooldown)
    trainer = Trainer(model, train, held, loop(settings.loop, cooldown=fall), seed)
    for _ in trainer.run():
        pass
    rows = [_judged(settings, name, seed, model, held, panel, count)]
    if name == "no_cooldown" and trainer.averages:
        model.load_state_dict(trainer.averages.weights())
        rows.append(_judged(settings, "average", seed, model, held, panel, count))
    return rows


def _judged(
    settings: Settings,
    name: str,
    seed: int,
    model: UNet,
    held: torch.Tensor,
    panel: Panel,
    count: int,
) -> dict[str, Any]:
    losses, t = held_out_loss(model, held)
    late = t > LATE * model.schedule.steps
    shape = (count, 1, held.shape[-1], held.shape[-1])
    drawn = ddim_sample(model, shape, seed, calls=settings.calls)
    found = panel.verdict(scaled(to_bytes(drawn)), draws=2)
    return {
        "choice": name,
        "seed": seed,
        "loss": losses.mean().item(),
        "late": losses[late].mean().item(),
        "frechet": found.frechet,
        "confident": found.confident,
    }


def _claims(rows: list[dict[str, Any]], n: int) -> dict[str, Claim]:
    claims = {}
    for name in dict.fromkeys(row["choice"] for row in rows):
        for key, scale, unit in [
            ("loss", 1, ""),
            ("late", 1, ""),
            ("frechet", 1, ""),
            ("confident", 100, "%"),
        ]:
            values = [scale * row[key] for row in rows if row["choice"] == name]
            spread = [min(values), max(values)]
            claims[f"{name}_{key}"] = claim(statistics.mean(values), unit, n=n, spread=spread)
    return claims


if __name__ == "__main__":
    step.run(main)
