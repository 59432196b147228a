"""Time of both SVD methods beside LAPACK's: hard matrices and plain shapes, in turn, one run."""

from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from groundwork.core.claims import claim, measured
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import interleave, ratio, summary
from groundwork.operators.gallery import gallery
from groundwork.operators.svd import svd
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Speed of both SVD methods beside LAPACK."""

    shapes: list[bounded(list[bounded(int, ge=1)], min_length=2, max_length=2)] = knob(
        "Matrix shapes timed, rows and columns.", min_length=1
    )
    repeats: int = knob("Repeats of the draw or the timing.", ge=1)
    threads: int = knob("BLAS threads.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    hard = gallery(stream(settings.seed, "gallery"))
    plain = {f"{m}x{n}": stream(settings.seed, m, n).standard_normal((m, n))
             for m, n in settings.shapes}  # fmt: skip
    made: dict = {}
    rows, found = [], {"eig": [], "jacobi": []}
    with threadpool_limits(settings.threads):
        for name, a in (hard | plain).items():
            samples = interleave(rivals(a), repeats=settings.repeats)
            row: dict[str, object] = {"matrix": name if name in hard else "Gaussian",
                                      "shape": unbroken("{} × {}", *a.shape)}  # fmt: skip
            row |= {f"{rival}_ms": 1000 * median(seconds) for rival, seconds in samples.items()}
            for rival, ratios in found.items():
                r = ratio(samples[rival], samples["lapack"])
                row[f"{rival}_ratio"] = unbroken("{:.1f} ({:.1f} to {:.1f})", r.value, *r.spread)
                if name in hard:
                    ratios.append(r)
                else:
                    made[f"{rival}_{name}"] = measured(r)
            rows.append(row)
    write_table(table, rows)
    made["hard"] = claim(len(hard), kind="exact")
    for rival, ratios in found.items():
        made[f"{rival}_hard"] = measured(summary(r.value for r in ratios))
        made[f"{rival}_hard_most"] = measured(max(ratios, key=lambda r: r.value))
    return made


def unbroken(words: str, *numbers: float) -> str:
    return words.format(*numbers).replace(" ", "\u00a0")


def rivals(a: np.ndarray) -> dict[str, object]:
    return {
        "eig": lambda: svd(a),
        "jacobi": lambda: svd(a, method="jacobi"),
        "lapack": lambda: np.linalg.svd(a, full_matrices=False),
    }


if __name__ == "__main__":
    step.run(main)
