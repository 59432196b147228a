"""Training on this machine: one run, which goes on from where it was killed."""

import resource
import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch
from blocks import Loop, Network, Noise, loop, network, prepare

from groundwork.core.claims import claim
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
    settings: Settings, *, images: Path, checkpoint: step.Out, curve: step.Out, arrays: step.Out
) -> step.Claims:
    prepare(settings.threads)
    with np.load(images) as data:
        train, held = scaled(data["train"]), scaled(data["held_out"])
    states = checkpoint.parent / "train.scratch"
    torch.manual_seed(settings.seed)
    model = UNet(network(settings.model, settings.noise, train.shape[-1]))
    trainer = Trainer(model, train, held[: settings.checked], loop(settings.loop), settings.seed)
    origin = (sha256(images), closure.of(Path(__file__)).digest, settings.model_dump_json())
    key, seconds = state_key(trainer, *origin), settings.save_seconds
    fit(trainer, states / "state.pt", key, save_seconds=seconds, report=partial(print, flush=True))
    save(checkpoint, model)
    write_table(curve, [asdict(e) for e in trainer.evaluations])
    losses, t = held_out_loss(model, held)
    edges, binned = _by_time(losses.numpy(), t.numpy(), settings.bins, model.schedule.steps)
    write_arrays(arrays, {"edges": edges, "losses": binned})
    shutil.rmtree(states, ignore_errors=True)
    seen = settings.loop.iterations * settings.loop.batch
    return {
        "loss": claim(float(losses.mean()), n=len(losses)),
        "parameters": claim(model.parameter_count(), "", "exact"),
        "images_seen": claim(seen, "", "exact"),
        "epochs": claim(seen / len(train), "", "exact"),
        "seconds": claim(trainer.seconds, "s"),
        "memory": claim(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
        "weights_sha256": claim(sha256(checkpoint), "", "exact"),
    }


def _by_time(
    losses: np.ndarray, t: np.ndarray, bins: int, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    edges = np.linspace(0, steps, bins + 1)
    place = np.clip(np.searchsorted(edges, t, side="left") - 1, 0, bins - 1)
    return edges, np.array([losses[place == b].mean() for b in range(bins)])


if __name__ == "__main__":
    step.run(main)
