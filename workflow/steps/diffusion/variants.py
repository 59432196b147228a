"""One choice undone at a time: the ε-skip, the cool-down, the average, Muon, the schedule.

Small networks, several seeds, equal updates, judged by the loss on held-out images. Losses under
different schedules are of different tasks, so the cosine schedule is judged by its samples.
"""

import itertools
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from blocks import Loop, Network, Noise, loop, network, prepare
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
    "adamw": {"kernel_rate": 0.0},
    "cosine": {"kind": "cosine"},
}
LATE = 0.5  # of T: beyond it x_t is mostly noise, where the skip is said to matter


class Settings(step.Settings):
    """Choices undone one at a time."""

    model: Network = knob("Sizes of the U-Net.")
    noise: Noise = knob("The schedule of variances.")
    loop: Loop = knob("The optimisation.")
    seeds: list[bounded(int, ge=0)] = knob("One run per choice and seed.", min_length=1)
    checked: int = knob("Held-out images of the loss.", ge=10)
    count: int = knob("Samples of each run.", ge=8)
    calls: int = knob("Network calls of DDIM.", ge=1)
    threads: int = knob("Runs side by side, of one thread each.", ge=1)


@dataclass(frozen=True)
class Data:
    """What every run reads, opened once in each worker."""

    settings: Settings
    train: torch.Tensor
    held: torch.Tensor
    panel: Panel


_data: Data


def main(settings: Settings, *, images: Path, classifier: Path, table: step.Out) -> step.Claims:
    rows = []
    spawn = get_context("spawn")
    opened = (settings, images, classifier)
    with ProcessPoolExecutor(settings.threads, spawn, _open, opened) as pool:
        for found in pool.map(_run, *zip(*itertools.product(CHOICES, settings.seeds), strict=True)):
            for row in found:
                rows.append(row)
                print(row, flush=True)
    write_table(table, rows)
    return _claims(rows, len(settings.seeds))


def _open(settings: Settings, images: Path, classifier: Path) -> None:
    global _data
    prepare(1)
    with np.load(images) as data:
        train, pixels = scaled(data["train"]), data["held_out"]
    judge = load_classifier(load_file(classifier), pixels.shape[-1])
    panel = Panel(judge, scaled(subset(pixels, min(settings.count, len(pixels)), 0)))
    _data = Data(settings, train, scaled(pixels[: settings.checked]), panel)


def _run(name: str, seed: int) -> list[dict[str, Any]]:
    """One training; where the rate stays up, its averaged weights are judged too."""
    torch.manual_seed(seed)
    settings, choice = _data.settings, CHOICES[name]
    noise = settings.noise.model_copy(update={k: v for k, v in choice.items() if k == "kind"})
    skip = choice.get("noise_skip", True)
    model = UNet(network(settings.model, noise, _data.train.shape[-1], noise_skip=skip))
    undone = {key: value for key, value in choice.items() if key in ("cooldown", "kernel_rate")}
    trainer = Trainer(model, _data.train, _data.held, loop(settings.loop, **undone), seed)
    while trainer.iteration < settings.loop.iterations:
        trainer.step()
    rows = [_judged(name, seed, model)]
    if name == "no_cooldown" and trainer.averages:
        model.load_state_dict(trainer.averages.weights())
        rows.append(_judged("average", seed, model))
    return rows


def _judged(name: str, seed: int, model: UNet) -> dict[str, Any]:
    losses, t = held_out_loss(model, _data.held)
    late = t > LATE * model.schedule.steps
    shape = (len(_data.panel.reference), *_data.held.shape[1:])
    drawn = ddim_sample(model, shape, seed, calls=_data.settings.calls)
    found = _data.panel.verdict(scaled(to_bytes(drawn)), draws=2)
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
