"""Check every step of the ladder, on every instruction set here, against float64 products."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.matmul.door import isa, isas, use_isa, variants
from groundwork.matmul.oracle import excess, random_case
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Every step against float64 products."""

    cases: int = knob("Random products per step and instruction set.", ge=1)
    largest: int = knob("Largest size drawn (elements).", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(
    settings: Settings,
    *,
    native: Path,
) -> step.Claims:
    """The largest error of each step in units of its bound, over `cases` random products each."""
    del native  # the library's path is for the step's own set-up
    best, total = isa(), 0
    worst: dict[str, float] = dict.fromkeys(variants(), 0.0)
    numpy_worst = 0.0
    for name in isas():
        use_isa(name)
        for variant in variants():
            for index in range(settings.cases):
                case = random_case(stream(settings.seed, name, variant, index), settings.largest)
                worst[variant] = max(worst[variant], excess(case, case.run(variant)))
                total += 1
                if variant == "packed" and case.alpha == 1 and case.beta == 0:
                    numpy_worst = max(numpy_worst, excess(case, np.matmul(case.a, case.b)))
    use_isa(best)
    claims = {
        f"error_{variant}": claim(value, "of the bound", n=settings.cases * len(isas()))
        for variant, value in worst.items()
    }
    return claims | {
        "error_worst": claim(max(worst.values()), "of the bound", n=total),
        "error_numpy": claim(numpy_worst, "of the bound", n=settings.cases * len(isas())),
        "instruction_sets": claim(", ".join(isas()), kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
