"""Training: one plateau, cooled down near its end and also carried on, so that ends compare.

After `iterations` − `cooldown` updates at a constant rate the run branches: one branch lets the
rate fall to 0 (its weights are what samples), the other goes on at the constant rate (its last and
its averaged weights are what that choice is held against). Killed, it goes on from where it was.
"""

import resource
import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch
from blocks import Loop, Network, Noise, loop, network

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.provenance import sha256
from groundwork.diffusion.io import fit, save, scaled, state_key
from groundwork.diffusion.model import UNet
from groundwork.diffusion.training import Trainer, held_out_loss
from groundwork_harness.pipeline import closure, step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The laptop's own training run."""

    model: Network = knob("Sizes of the U-Net.")
    noise: Noise = knob("The schedule of variances.")
    loop: Loop = knob("The optimisation.")
    checked: int = knob("Held-out images at each evaluation.", ge=10)
    bins: int = knob("Ranges of t over which the last loss is averaged.", ge=2)
    save_seconds: float = knob("Between two states from which a killed run goes on.", gt=0)
    threads: int = knob("PyTorch's threads.", ge=1)
    seed: int = knob("Seed of weights, order, time steps and noise.", ge=0)


def main(
    settings: Settings,
    *,
    images: Path,
    checkpoint: step.Out,
    averaged: step.Out,
    curve: step.Out,
    arrays: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    with np.load(images) as data:
        train, held = scaled(data["train"]), scaled(data["held_out"])
    states = checkpoint.parent / "train.scratch"
    origin = (sha256(images), closure.of(Path(__file__)).digest, settings.model_dump_json())
    branch = partial(_branch, settings, train, held[: settings.checked], states, origin)
    total, cooldown = settings.loop.iterations, settings.loop.cooldown
    plateau = branch("plateau", total - cooldown, 0, None)
    cooled = branch("cooled", total, cooldown, plateau)
    carried = branch("carried", total, 0, plateau)
    save(checkpoint, cooled.model)
    last = _losses(carried.model, held)
    average = carried.averages.weights()  # type: ignore[union-attr]
    carried.model.load_state_dict(average)
    save(averaged, carried.model)
    rows = [{"branch": "cooled", **asdict(e)} for e in cooled.evaluations]
    rows += [{"branch": "carried", **asdict(e)} for e in carried.evaluations]
    write_table(curve, rows)
    ends = {
        "cooled": _losses(cooled.model, held),
        "last": last,
        "averaged": _losses(carried.model, held),
    }
    edges, binned = _by_time(ends["cooled"], settings.bins, cooled.model.schedule.steps)
    write_arrays(arrays, {"edges": edges, "losses": binned})
    shutil.rmtree(states, ignore_errors=True)
    return _claims(settings, cooled, ends, len(train)) | {
        "weights_sha256": claim(sha256(checkpoint), "", "exact")
    }


def _branch(
    settings: Settings,
    train: torch.Tensor,
    checked: torch.Tensor,
    states: Path,
    origin: tuple[str, ...],
    name: str,
    iterations: int,
    fall: int,
    start: Trainer | None,
) -> Trainer:
    """A run to `iterations` whose last `fall` updates cool down, from the state of `start`."""
    torch.manual_seed(settings.seed)
    model = UNet(network(settings.model, settings.noise, train.shape[-1]))
    config = loop(settings.loop, iterations=iterations, cooldown=fall)
    trainer = Trainer(model, train, checked, config, settings.seed)
    if start:
        trainer.restore(start.state())
    key, seconds = state_key(trainer, *origin), settings.save_seconds
    fit(trainer, states / f"{name}.pt", key, save_seconds=seconds, report=_say(name))
    return trainer


def _claims(
    settings: Settings,
    cooled: Trainer,
    ends: dict[str, tuple[np.ndarray, np.ndarray]],
    images: int,
) -> dict[str, Claim]:
    seen = settings.loop.iterations * settings.loop.batch
    return {
        **{f"{name}_loss": claim(float(v[0].mean()), n=len(v[0])) for name, v in ends.items()},
        "parameters": claim(cooled.model.parameter_count(), "", "exact"),
        "images_seen": claim(seen, "", "exact"),
        "epochs": claim(seen / images, "", "exact"),
        "seconds": claim(cooled.seconds, "s"),
        "memory": claim(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    }


def _say(name: str):
    return lambda line: print(f"{name}: {line}", flush=True)


def _losses(model: UNet, held: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    losses, t = held_out_loss(model, held)
    return losses.numpy(), t.numpy()


def _by_time(
    found: tuple[np.ndarray, np.ndarray], bins: int, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    edges = np.linspace(0, steps, bins + 1)
    place = np.clip(np.searchsorted(edges, found[1], side="left") - 1, 0, bins - 1)
    return edges, np.array([found[0][place == b].mean() for b in range(bins)])


if __name__ == "__main__":
    step.run(main)
