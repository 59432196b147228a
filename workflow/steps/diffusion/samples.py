"""Samples from pure noise, unselected, of the laptop's weights and of recorded ones."""

import time
from pathlib import Path
from typing import Literal

import numpy as np
from blocks import prepare

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.diffusion.io import load, to_bytes
from groundwork.diffusion.sampling import ddim_sample
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The samples that are judged."""

    count: int = knob("Samples of each set of weights.", ge=2)
    calls: int = knob("Network calls of DDIM.", ge=1)
    batch: int = knob("Images in a call, to fit the processor's caches.", ge=1)
    threads: int = knob("Calls side by side, of one thread each.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where the network runs.")
    seed: int = knob("Seed of the noise that they start from.", ge=0)


def main(settings: Settings, *, checkpoints: list[Path], arrays: step.Out) -> step.Claims:
    """`checkpoints`: the laptop's own first, then a recorded one if there is any."""
    prepare(1)
    found: dict[str, np.ndarray] = {}
    seconds = {}
    for name, path in zip(("own", "recorded"), checkpoints, strict=False):
        model = load(path, device=settings.device)
        shape = (settings.count, 1, model.config.size, model.config.size)
        start = time.perf_counter()
        drawn = ddim_sample(
            model,
            shape,
            settings.seed,
            calls=settings.calls,
            batch=settings.batch,
            workers=settings.threads,
        )
        seconds[name] = time.perf_counter() - start
        found[name] = to_bytes(drawn)
        print(f"{name}: {settings.count} samples in {seconds[name]:.0f} s", flush=True)
    write_arrays(arrays, found)
    return {
        "recorded": claim(len(found) > 1, "", "exact"),
        **{f"{name}_seconds": claim(value, "s") for name, value in seconds.items()},
    }


if __name__ == "__main__":
    step.run(main)
