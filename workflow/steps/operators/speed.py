"""Time of both SVD methods beside LAPACK's, one run, one thread, in turn."""

from dataclasses import dataclass
from statistics import median

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.core.timing import interleave, ratio
from groundwork.operators.svd import svd
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    shapes: list[list[int]]
    repeats: int
    threads: int
    seed: int


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    made = {"threads": claim(settings.threads, kind="exact"),
            "repeats": claim(settings.repeats, kind="exact")}  # fmt: skip
    rows = []
    with threadpool_limits(settings.threads):
        for m, n in settings.shapes:
            a = stream(settings.seed, m, n).standard_normal((m, n))
            samples = interleave(rivals(a), repeats=settings.repeats)
            row: dict[str, object] = {"shape": f"{m} × {n}"}
            for name, seconds in samples.items():
                row[f"{name}_ms"] = 1000 * median(seconds)
            for name in ("eig", "jacobi"):
                r = ratio(samples[name], samples["lapack"])
                row[f"{name}_ratio"] = f"{r.value:.1f} ({r.spread[0]:.1f} to {r.spread[1]:.1f})"
                made[f"{name}_{m}x{n}"] = claim(r.value, "×", n=r.n, spread=r.spread)
            rows.append(row)
    pd.DataFrame(rows).to_csv(table, index=False)
    return made


def rivals(a: np.ndarray) -> dict[str, object]:
    return {
        "eig": lambda: svd(a),
        "jacobi": lambda: svd(a, method="jacobi"),
        "lapack": lambda: np.linalg.svd(a, full_matrices=False),
    }


if __name__ == "__main__":
    step.run(main)
