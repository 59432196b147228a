"""Sweep block sizes and compare the fastest with those that the cache sizes predict."""

import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.matmul.bench import turns
from groundwork.matmul.door import matmul, register_tile
from groundwork.matmul.io import geometry
from groundwork.matmul.theory import best_tile, packed_blocks
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

Rounds = dict[Any, list[float]]  # GFLOPS of each plan, round by round


class Settings(step.Settings):
    """Block sizes predicted from the caches against a sweep."""

    sizes: list[bounded(int, ge=16)] = knob(
        "Edges of the square products swept (elements): one whose rows spread over the cache sets, one whose rows do not.",
        min_length=2,
        max_length=2,
    )
    tiles: list[bounded(int, ge=1)] = knob("Tile edges tried (elements).", min_length=2)
    steps: list[Literal["tiled", "tiled_vectorised", "simd"]] = knob(
        "Tiled steps of the ladder to sweep.", min_length=1
    )
    packed_size: int = knob(
        "Edge of the product with which the blocks of packed are swept (elements).", ge=256
    )
    depths: list[bounded(int, ge=16)] = knob(
        "Depths kc of packed panels tried (elements).", min_length=1
    )
    rows: list[bounded(int, ge=1)] = knob(
        "Rows mc of packed blocks of A tried (elements).", min_length=1
    )
    repeats: int = knob("Samples of each plan.", ge=1)
    seed: int = knob("Seed of the matrices.", ge=0)


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
    rows: list[tuple[int, str, int, float]] = []
    for place, n in zip(("benign", "conflicting"), settings.sizes, strict=True):
        for name in settings.steps:
            rounds = sweep(n, name, {t: {"tile": t} for t in settings.tiles}, settings)
            rows += [(n, name, t, median(rates)) for t, rates in rounds.items()]
            nearest = min(rounds, key=lambda tile: abs(tile - predicted))
            swept, lost = compare(rounds, nearest)
            claims[f"tile_swept_{name}_{place}"] = swept[0]
            claims[f"tile_lost_{name}_{place}"] = lost
    write_table(tiles, rows, ["n", "step", "tile", "gflops"])
    blocks = packed_blocks((caches[1].size, caches[2].size, caches[3].size), register_tile())
    claims |= {f"{name}_predicted": claim(value, kind="exact") for name, value in blocks.items()}
    grid = {
        (kc, mc): {"kc": kc, "mc": mc}
        for kc in sorted({*settings.depths, blocks["kc"]})
        for mc in sorted({*settings.rows, blocks["mc"]})
    }
    rounds = sweep(settings.packed_size, "packed", grid, settings)
    speeds = [(*block, median(rates)) for block, rates in rounds.items()]
    write_table(packed, speeds, ["kc", "mc", "gflops"])
    (kc, mc), lost = compare(rounds, (blocks["kc"], blocks["mc"]))
    return claims | {"kc_swept": kc, "mc_swept": mc, "packed_lost": lost}


def sweep(n: int, name: str, plans: dict[Any, dict[str, int]], settings: Settings) -> Rounds:
    """GFLOPS of step `name` on n³ for each plan in each round, one thread, plans taking turns."""
    random = stream(settings.seed, "blocks", n)
    a, b = (random.standard_normal((n, n), dtype=np.float32) for _ in range(2))
    out = np.empty((n, n), np.float32)
    rivals = {
        str(key): partial(matmul, a, b, name, out=out, blocks=plan) for key, plan in plans.items()
    }
    samples = turns(rivals, repeats=settings.repeats, seconds=0.0, clock=time.thread_time)
    return {key: [2e-9 * n**3 / seconds for seconds in samples[str(key)]] for key in plans}


def compare(rounds: Rounds, predicted: Any) -> tuple[list[Claim], Claim]:
    """The fastest sizes, and how much slower the predicted ones are; spread: as single rounds say."""
    repeats = len(rounds[predicted])
    trials = [{key: median(rates) for key, rates in rounds.items()}]
    trials += [{key: rates[i] for key, rates in rounds.items()} for i in range(repeats)]
    best = [max(rates, key=rates.__getitem__) for rates in trials]
    lost = [100 * (1 - r[predicted] / r[key]) for r, key in zip(trials, best, strict=True)]
    sizes = np.array(best).reshape(len(best), -1).T.tolist()  # one row for each part of a key
    swept = [claim(s[0], n=repeats, spread=(min(s), max(s))) for s in sizes]
    return swept, claim(lost[0], "%", n=repeats, spread=(min(lost), max(lost)))


if __name__ == "__main__":
    step.run(main)
