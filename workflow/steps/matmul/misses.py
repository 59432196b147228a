"""Count first-level cache misses of each step: simulated by cachegrind, and by perf where it can."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.matmul.door import register_tile, use_isa
from groundwork.matmul.io import Counts, cachegrind, geometry, perf_misses, simulable
from groundwork.matmul.theory import Cache, best_tile, intensity, misses_per_flop, panel_depth
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

COLUMNS = ["n", "step", "misses", "model", "intensity", "references", "last_level", "counted"]
PLACES = ("benign", "conflicting", "largest")
NOT_COUNTED = "not counted: this machine offers no hardware counters"
NOT_SIMULATED = "not simulated"
NO_VALGRIND = (
    "; what cachegrind would simulate is missing too, since valgrind is not installed"
    " (Debian: apt-get install valgrind)"
)


class Settings(step.Settings):
    """Cache misses of each step, simulated."""

    sizes: list[bounded(int, ge=16, le=512)] = knob(
        "Edges of the square products (elements), at most 512.", min_length=1
    )
    benign: int = knob("One of the sizes whose rows spread over all cache sets (elements).", ge=16)
    conflicting: int = knob(
        "One of the sizes whose rows fall into few cache sets (elements).", ge=16
    )
    largest: int = knob("The largest of the sizes (elements).", ge=16)
    steps: list[str] = knob("Steps of the ladder.", min_length=1)
    isa: Literal["scalar", "avx2", "neon"] = knob("Instruction set forced in the simulator.")
    jobs: int = knob("Simulations at a time.", ge=1)


def main(
    settings: Settings,
    *,
    native: Path,
    program: Path,
    counts: step.Out,
) -> step.Claims:
    """Write simulated misses per operation beside the model's; claim them and their ratio.

    Without valgrind the model stands alone, and every claim of the simulator says so.
    """
    del native  # the library's path is for the step's own set-up
    os.environ["GROUNDWORK_ISA"] = settings.isa  # valgrind knows no AVX-512
    use_isa(settings.isa)
    caches = {level: simulable(cache) for level, cache in geometry().items()}
    tasks = [(n, name) for n in settings.sizes for name in ["none", *settings.steps]]

    simulator = shutil.which("valgrind") is not None

    def run(task: tuple[int, str]) -> Counts | None:
        if not simulator:
            return None
        return cachegrind(program, arguments(*task, caches[1]), caches)

    with ThreadPoolExecutor(settings.jobs) as pool:
        found = dict(zip(tasks, pool.map(run, tasks), strict=True))
    claims: dict[str, Claim] = {}
    worst = 1.0
    rows = []
    for n, name in tasks:
        if name == "none":
            continue
        whole, setup = found[n, name], found[n, "none"]
        net = whole - setup if whole and setup else None
        counted = hardware(program, name, n, caches[1])
        rows.append(row(n, name, net, caches[1], counted))
        theory = model(n, name, caches[1])
        shown = claim(NOT_SIMULATED, kind="simulated")
        if net:
            rate = net.level1 / (2 * n**3)
            worst = max(worst, rate / theory, theory / rate)
            shown = claim(rate, "misses/operation", "simulated")
        for place in PLACES:
            if n == getattr(settings, place):
                claims[f"{name}_{place}"] = shown
                claims[f"model_{name}_{place}"] = claim(theory, "misses/operation", "exact")
    write_table(counts, rows, COLUMNS)
    claims["model_worst"] = (
        claim(worst, "×", "simulated", n=len(settings.sizes))
        if simulator
        else claim(NOT_SIMULATED, kind="simulated")
    )
    counts_here = perf_misses(program, ["none", "1", "1", "1"]) is not None
    perf = ("counted" if counts_here else NOT_COUNTED) + ("" if simulator else NO_VALGRIND)
    return claims | {
        "perf": claim(perf, kind="exact"),
        "level1": claim(caches[1].size / 1024, "KiB", "exact"),
        "ways": claim(caches[1].ways, kind="exact"),
    }


def row(n: int, name: str, net: Counts | None, level1: Cache, counted: int | None) -> list[object]:
    """One line of the table; empty where nothing was simulated, or the processor counts nothing.

    Without a simulation the intensity is the model's.
    """
    flops = 2 * n**3
    hardware_rate = "" if counted is None else counted / flops
    if net is None:
        theory = model(n, name, level1)
        return [n, name, "", theory, intensity(theory), "", "", hardware_rate]
    simulated = net.level1 / flops
    return [
        *(n, name, simulated, model(n, name, level1), intensity(simulated)),
        *(net.references / flops, net.last / flops, hardware_rate),
    ]


def model(n: int, name: str, level1: Cache) -> float:
    """The theoretical misses per operation."""
    tile = best_tile(level1.size)
    registers, deep = register_tile(), depth(level1)
    return misses_per_flop(name, n, level1=level1, tile=tile, register_tile=registers, depth=deep)


def arguments(n: int, name: str, level1: Cache) -> list[str]:
    """What `matmul_once` takes: a step, an n³ product, the block sizes that this cache asks for.

    Said outright, since the simulator shows the program a processor of its own.
    """
    words = [name, *[str(n)] * 3, str(best_tile(level1.size))]
    return [*words, str(depth(level1))] if name == "packed" else words


def depth(level1: Cache) -> int:
    """Depth of packed panels."""
    return panel_depth(level1.size, register_tile()[1])


def hardware(program: Path, name: str, n: int, level1: Cache) -> int | None:
    """Load misses that perf counted for the product alone, or None."""
    with_product = perf_misses(program, arguments(n, name, level1))
    without = perf_misses(program, arguments(n, "none", level1))
    return None if with_product is None or without is None else with_product - without


if __name__ == "__main__":
    step.run(main)
