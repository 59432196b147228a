"""Search each theorem of the problem set for counterexamples, and count the cases tried."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.operators import neighbours, theorems
from groundwork.operators.gallery import with_values
from groundwork.operators.rivals import perturbed, random_rivals
from groundwork.operators.svd import low_rank
from groundwork.pipeline import step

Case = Callable[[np.random.Generator], float]


@dataclass(frozen=True)
class Settings:
    cases: int
    contrast_trials: int
    contrast_dim: int
    contrast_points: int
    confidence: float
    seed: int


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    made, rows = {}, []
    for name, case in STATEMENTS.items():
        found = [case(stream(settings.seed, name, i)) for i in range(settings.cases)]
        worst, failed = max(found), sum(value > theorems.ROUNDING for value in found)
        made[name] = claim(settings.cases, kind="exact", n=settings.cases)
        made[f"{name}_worst"] = claim(worst, n=settings.cases)
        made[f"{name}_failed"] = claim(failed, n=settings.cases)
        rows.append({"statement": name, "cases": settings.cases, "failed": failed, "worst": worst})
    pd.DataFrame(rows).to_csv(table, index=False)
    made["failed"] = claim(sum(row["failed"] for row in rows), n=settings.cases * len(rows))
    made["total"] = claim(settings.cases * len(rows), kind="exact")
    made["statements"] = claim(len(rows), kind="exact")
    exceeded = contrast_exceeded(settings)
    made["contrast_exceeded"] = claim(exceeded, n=settings.contrast_trials)
    made["contrast_trials"] = claim(settings.contrast_trials, kind="exact")
    made["contrast_allowed"] = claim(round(settings.contrast_trials * (1 - settings.confidence)))
    return made


def square(rng: np.random.Generator) -> np.ndarray:
    """A square matrix of size 1 to 8: Gaussian, triangular, Jordan-like, or complex."""
    n, kind = int(rng.integers(1, 9)), int(rng.integers(4))
    a = rng.standard_normal((n, n))
    if kind == 1:
        return np.triu(a)
    if kind == 2:
        return rng.uniform(-1, 1) * np.eye(n) + np.diag(rng.uniform(0, 3, n - 1), 1)
    return a + 1j * rng.standard_normal((n, n)) if kind == 3 else a


def rectangle(rng: np.random.Generator) -> np.ndarray:
    """An m×n matrix, 1 to 12 each, often rank-deficient, with repeated values, or graded."""
    m, n = (int(x) for x in rng.integers(1, 13, 2))
    k, kind = min(m, n), int(rng.integers(4))
    if kind == 0:
        return rng.standard_normal((m, n))
    if kind == 1:
        return with_values(m, n, np.logspace(0, -rng.uniform(0, 14), k), rng)
    values = np.sort(rng.integers(0, 3, k).astype(float))[::-1]
    a = with_values(m, n, values, rng)
    return a if kind == 2 else a * np.exp(1j * rng.uniform(0, 6.28, n))


def stable(rng: np.random.Generator) -> np.ndarray:
    a = square(rng)
    size = np.abs(np.linalg.eigvals(a)).max()
    return a * (rng.uniform(0.1, 0.95) / max(size, 1e-9)) if size > 1e-9 else a * 0.0


def symmetric(rng: np.random.Generator) -> np.ndarray:
    a = square(rng)
    return (a + a.conj().T) / 2


def rival(rng: np.random.Generator) -> float:
    a = rectangle(rng).real
    rank = int(rng.integers(1, min(a.shape) + 1))
    b = next(random_rivals(a, rank, 1, rng)) if rng.random() < 0.5 else low_rank(a, rank)
    return theorems.eckart_young(a, perturbed(b, 10 ** rng.uniform(-6, 0), rng), rank)


def tie(rng: np.random.Generator) -> float:
    values = np.sort(rng.integers(0, 4, 6).astype(float))[::-1]
    return theorems.ties(values, rng.uniform(0, 6.28), int(rng.integers(1, 6)))


STATEMENTS: dict[str, Case] = {
    "schur": lambda rng: theorems.schur(square(rng)),
    "decay": lambda rng: theorems.decay(square(rng), rng.uniform(0.05, 0.5)),
    "gelfand": lambda rng: theorems.gelfand(square(rng)),
    "kreiss": lambda rng: theorems.kreiss(stable(rng)),
    "hermitian": lambda rng: theorems.hermitian(symmetric(rng)),
    "svd": lambda rng: theorems.decomposition(rectangle(rng)),
    "eckart_young": rival,
    "ties": tie,
    "cube": lambda rng: theorems.cube(int(10 ** rng.uniform(0, 5))),
    "equator": lambda rng: theorems.equator(int(10 ** rng.uniform(0, 5)), rng.uniform(0, 1) ** 3),
}


def contrast_exceeded(settings: Settings) -> int:
    """Trials in which Gaussian data beat the contrast bound, against (1 − confidence) allowed."""
    d, n = settings.contrast_dim, settings.contrast_points
    bound = neighbours.contrast_bound(d, n, settings.confidence)
    count = 0
    for trial in range(settings.contrast_trials):
        rng = stream(settings.seed, "contrast", trial)
        found = neighbours.contrast(rng.standard_normal((1, d)), rng.standard_normal((n, d)))
        count += int(found[0] > bound)
    return count


if __name__ == "__main__":
    step.run(main)
