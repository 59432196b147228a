"""Sweep block sizes and compare the fastest with those that the cache sizes predict."""

import csv
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from groundwork.core.claims import Claim, claim
from groundwork.core.seeds import stream
from groundwork.matmul.bench import speed, turns
from groundwork.matmul.door import matmul, register_tile
from groundwork.matmul.io import geometry
from groundwork.matmul.theory import best_tile, packed_blocks
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    """See config.yaml, matmul.blocks."""

    sizes: list[int]  # one whose rows spread over the cache's sets, one whose rows do not
    tiles: list[int]
    steps: list[str]
    packed_size: int
    depths: list[int]
    rows: list[int]
    repeats: int
    seed: int


def main(
    settings: Settings,
    *,
    native: Path,
    tiles: step.Out,
    packed: step.Out,
) -> step.Claims:
    """Write GFLOPS by tile edge and by packed depth and rows; claim prediction and optimum."""
    del native  # the library's path is for the step's own set-up
    caches = geometry()
    predicted = best_tile(caches[1].size)
    claims = {"tile_predicted": claim(predicted, kind="exact")}
    with open(tiles, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "step", "tile", "gflops"])
        for place, n in zip(("benign", "conflicting"), settings.sizes, strict=True):
            claims[f"{place}_size"] = claim(n, kind="exact")
            for name in settings.steps:
                rates = sweep(n, name, {t: {"tile": t} for t in settings.tiles}, settings)
                writer.writerows([n, name, tile, rate] for tile, rate in rates.items())
                claims |= compare(f"{name}_{place}", rates, predicted, settings.repeats)
    blocks = packed_blocks((caches[1].size, caches[2].size, caches[3].size), register_tile())
    claims |= {f"{name}_predicted": claim(value, kind="exact") for name, value in blocks.items()}
    grid = {
        (kc, mc): {"kc": kc, "mc": mc}
        for kc in sorted({*settings.depths, blocks["kc"]})
        for mc in sorted({*settings.rows, blocks["mc"]})
    }
    rates = sweep(settings.packed_size, "packed", grid, settings)
    with open(packed, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kc", "mc", "gflops"])
        writer.writerows([kc, mc, rate] for (kc, mc), rate in rates.items())
    best = max(rates, key=lambda key: rates[key])
    lost = 100 * (1 - rates[blocks["kc"], blocks["mc"]] / rates[best])
    return claims | {
        "kc_swept": claim(best[0], n=settings.repeats),
        "mc_swept": claim(best[1], n=settings.repeats),
        "packed_lost": claim(lost, "%", n=settings.repeats),
    }


def sweep(
    n: int, name: str, plans: dict[Any, dict[str, int]], settings: Settings
) -> dict[Any, float]:
    """GFLOPS of step `name` on n³ for each plan, one thread, plans taking turns."""
    random = stream(settings.seed, "blocks", n)
    a, b = (random.standard_normal((n, n), dtype=np.float32) for _ in range(2))
    out = np.empty((n, n), np.float32)
    rivals = {
        str(key): partial(matmul, a, b, name, out=out, blocks=plan) for key, plan in plans.items()
    }
    samples = turns(rivals, repeats=settings.repeats, seconds=0.0, clock=time.thread_time)
    return {key: speed(2 * n**3, samples[str(key)]).value / 1e9 for key in plans}


def compare(label: str, rates: dict[int, float], predicted: int, repeats: int) -> dict[str, Claim]:
    """The fastest tile, and how much slower the predicted one is."""
    best = max(rates, key=lambda tile: rates[tile])
    nearest = min(rates, key=lambda tile: abs(tile - predicted))
    return {
        f"tile_swept_{label}": claim(best, n=repeats),
        f"tile_lost_{label}": claim(100 * (1 - rates[nearest] / rates[best]), "%", n=repeats),
    }


if __name__ == "__main__":
    step.run(main)
