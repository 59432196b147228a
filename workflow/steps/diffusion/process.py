"""The reverse process watched: states and estimates from pure noise, digits appearing, a walk."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from blocks import prepare

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.diffusion.io import load, to_bytes
from groundwork.diffusion.sampling import ddim_sample, p_sample_loop, slerp
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The reverse process as pictures."""

    rows: int = knob("Samples of the grid.", ge=1)
    columns: list[bounded(int, ge=0)] = knob(
        "Time steps t of the grid; 0 is the sample.", min_length=2
    )
    calls: int = knob("Network calls of ancestral sampling; T draws every step.", ge=1)
    digits: int = knob("Digits of the animation, a square number.", ge=1)
    frames: int = knob("Network calls of the animation and frames of it.", ge=2)
    walks: int = knob("Pairs of noises walked between.", ge=1)
    walk_frames: int = knob("Points on the way from one noise to the other.", ge=2)
    walk_calls: int = knob("Network calls of a point.", ge=1)
    threads: int = knob("Calls side by side, of one thread each.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where the network runs.")
    seed: int = knob("Seed of every noise.", ge=0)


def main(settings: Settings, *, checkpoints: list[Path], arrays: step.Out) -> step.Claims:
    """`checkpoints`: the laptop's own first; a recorded one, the last, is what is watched."""
    prepare(1)
    model = load(checkpoints[-1], device=settings.device)
    side, steps = model.config.size, model.schedule.steps
    total = min(settings.calls, steps)
    columns = sorted({min(round(t * steps / 1000), steps) for t in settings.columns}, reverse=True)
    states: dict[int, torch.Tensor] = {}
    estimates: dict[int, torch.Tensor] = {}

    def note(t: int, x: torch.Tensor, x0: torch.Tensor) -> None:
        states[t], estimates[t] = x, x0

    shape = (settings.rows, 1, side, side)
    p_sample_loop(model, shape, settings.seed, calls=total, workers=settings.threads, watch=note)
    first = states[steps]
    at = [min(states, key=lambda s: abs(s - t)) for t in columns]
    frames: list[torch.Tensor] = []
    ddim_sample(
        model,
        (settings.digits, 1, side, side),
        settings.seed + 1,
        calls=settings.frames,
        workers=settings.threads,
        watch=lambda _, x, x0: frames.append(torch.stack([x, x0])),
    )
    write_arrays(
        arrays,
        {
            "columns": np.array(at),
            "states": np.stack([to_bytes(states[s] / 2 if s else states[s]) for s in at]),
            "estimates": np.stack([to_bytes(estimates[s]) for s in at]),
            "appearing": np.stack([to_bytes(pair[0]) for pair in frames]),
            "expected": np.stack([to_bytes(pair[1]) for pair in frames]),
            "walk": _walk(model, settings),
        },
    )
    return {
        "recorded": claim(len(checkpoints) > 1, "", "exact"),
        "start_mean": claim(float(first.mean()), n=first.numel()),
        "start_deviation": claim(float(first.std()), n=first.numel()),
    }


def _walk(model, settings: Settings) -> np.ndarray:
    """Samples (frames, walks, H, W) of the noises on the way between two."""
    side = model.config.size
    generator = torch.Generator().manual_seed(settings.seed + 2)
    ends = torch.randn(settings.walks, 2, 1, side, side, generator=generator)
    shares = torch.linspace(0, 1, settings.walk_frames)
    starts = torch.stack([slerp(a, b, shares) for a, b in ends])  # (walks, frames, 1, H, W)
    flat = starts.flatten(0, 1)
    drawn = ddim_sample(
        model,
        tuple(flat.shape),
        0,
        calls=settings.walk_calls,
        workers=settings.threads,
        start=flat,
    )
    return to_bytes(drawn).reshape(settings.walks, settings.walk_frames, side, side).swapaxes(0, 1)


if __name__ == "__main__":
    step.run(main)
