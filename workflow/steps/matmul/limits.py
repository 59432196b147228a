"""Find where the rest of the ceiling goes: packed's inner loops alone on growing blocks, then whole."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from groundwork.core.claims import measured
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import ratio
from groundwork.matmul.door import matmul, register_tile
from groundwork.matmul.machine import block_speed, fma_peak
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

PEAK = "peak"


class Settings(step.Settings):
    """The inner loops of packed alone, on growing blocks."""

    size: int = knob(
        "Edge of the whole products, and columns of the widest block (elements).", ge=16
    )
    depth: int = knob("Depth of the packed panels (elements).", ge=1)
    rows: int = knob("Rows of a block of A (elements).", ge=1)
    operations: int = knob("Least operations in a sample.", ge=1)
    peak_rounds: int = knob(
        "Rounds of independent multiply-adds in a sample of the ceiling.", ge=1000
    )
    repeats: int = knob("Samples of each part.", ge=2)
    seed: int = knob("Seed of the matrices.", ge=0)


def main(settings: Settings, *, native: Path, parts: step.Out) -> step.Claims:
    """Write the speed of each part (GFLOPS); claim its share of the ceiling, repeat by repeat."""
    del native  # the library's path is for the step's own set-up
    rivals = measures(settings)
    rates: dict[str, list[float]] = {name: [] for name in rivals}
    names = list(rivals)
    with threadpool_limits(1):
        for repeat in range(-1, settings.repeats):
            shift = repeat % len(names)
            for name in names[shift:] + names[:shift]:
                rate = rivals[name]()
                if repeat >= 0:  # the first round warms up
                    rates[name].append(rate / 1e9)
    claims = {}
    rows = []
    for name in names[1:]:
        share = ratio([100 * rate for rate in rates[name]], rates[PEAK])
        claims[name] = measured(share, "%")
        rows.append((name, median(rates[name]), share.value))
    write_table(parts, rows, ["part", "gflops", "of_peak"])
    return claims


def measures(settings: Settings) -> dict[str, Callable[[], float]]:
    """Operations per second of the ceiling, of the inner loops, and of whole products, one thread.

    `tile`: one register tile, whose operands stay in the first-level cache. `block`: all rows of a
    block of A, from the second level. `panels`: that block against all panels of B, into a wide C.
    """
    rows, columns = register_tile()
    shapes = {
        "tile": (rows, columns),
        "block": (settings.rows, columns),
        "panels": (settings.rows, settings.size),
    }
    found: dict[str, Callable[[], float]] = {PEAK: partial(fma_peak, settings.peak_rounds)}
    for name, (m, n) in shapes.items():
        rounds = max(1, settings.operations // (2 * m * settings.depth * n))
        found[name] = partial(block_speed, m, settings.depth, n, rounds)
    random = stream(settings.seed, "limits")
    a, b = (random.standard_normal((settings.size,) * 2, dtype=np.float32) for _ in range(2))
    out = np.empty_like(a)
    found["packed"] = partial(whole, settings, partial(matmul, a, b, out=out))
    found["numpy"] = partial(whole, settings, partial(np.matmul, a, b, out=out))
    return found


def whole(settings: Settings, product: Callable[[], object]) -> float:
    """Operations per second of a square product, by this thread's processor time."""
    operations = 2 * settings.size**3
    calls = max(1, settings.operations // operations)
    start = time.thread_time()
    for _ in range(calls):
        product()
    return calls * operations / (time.thread_time() - start)


if __name__ == "__main__":
    step.run(main)
