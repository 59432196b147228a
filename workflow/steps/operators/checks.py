"""Search each theorem of the problem set for counterexamples, and count the cases tried."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.operators import neighbours, symbolic, theorems
from groundwork.operators.gallery import with_values
from groundwork.operators.rivals import perturbed, random_rivals
from groundwork.operators.svd import low_rank
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

Case = Callable[[np.random.Generator], float]


class Settings(step.Settings):
    """Search for counterexamples to the theorems."""

    cases: int = knob("Cases tried per statement.", ge=1)
    contrast_trials: int = knob("Data sets drawn against the contrast bound.", ge=1)
    contrast_dim: int = knob("Dimension of these data sets.", ge=1)
    contrast_points: int = knob("Points of these data sets.", ge=1)
    confidence: float = knob(
        "Probability with which the contrast theorem's bound holds.", gt=0, lt=1
    )
    cosine: float = knob("Correlation of a planted query with its point.", gt=0, lt=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    made, rows = {}, []
    for name, (words, case) in STATEMENTS.items():
        found = [case(stream(settings.seed, name, i)) for i in range(settings.cases)]
        worst, failed = max(found), sum(value > theorems.ROUNDING for value in found)
        made[name] = claim(settings.cases, kind="exact", n=settings.cases)
        made[f"{name}_worst"] = claim(worst, n=settings.cases)
        made[f"{name}_failed"] = claim(failed, n=settings.cases)
        rows.append({"statement": words, "cases": settings.cases, "failed": failed, "worst": worst})
    write_table(table, rows)
    made["failed"] = claim(sum(row["failed"] for row in rows), n=settings.cases * len(rows))
    made["total"] = claim(settings.cases * len(rows), kind="exact")
    made["statements"] = claim(len(rows), kind="exact")
    zeros = symbolic.zeros()
    made["symbolic"] = claim(len(zeros), "identities", "exact")
    made["symbolic_failed"] = claim(sum(zero != 0 for zero in zeros), kind="exact")
    return made | gaussian(settings)


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


def invertible(rng: np.random.Generator) -> float:
    n = int(rng.integers(1, 9))
    b = with_values(n, n, np.logspace(0, -rng.uniform(0, 6), n), rng)
    return theorems.norms(b, rng.standard_normal(n) * rng.integers(0, 2, n))


def real_space(rng: np.random.Generator) -> float:
    a = square(rng).real
    size = np.abs(np.linalg.eigvals(a)).max()
    if size < 1e-2:  # nearly nilpotent: scaling up would amplify rounding, not the operator
        return real_space(rng)
    v = rng.standard_normal(len(a))
    return max(theorems.real_decay(rng.uniform(0.1, 0.9) * a / size, v), theorems.real_escape(a))


def growing(rng: np.random.Generator) -> float:
    a = symmetric(rng)
    return theorems.growth(a, rng.standard_normal(len(a)) * rng.integers(0, 2, len(a)))


def lengths(rng: np.random.Generator) -> float:
    """Lemma lem-chi against the exact distribution of |g|²."""
    d, epsilon = int(10 ** rng.uniform(0, 4)), rng.uniform(0, 1)
    outside = stats.chi2.sf(d * (1 + epsilon), d) + stats.chi2.cdf(d * (1 - epsilon), d)
    return float(outside - 2 * np.exp(-d * epsilon**2 / 8))


STATEMENTS: dict[str, tuple[str, Case]] = {
    "norms": ("all norms agree", invertible),
    "schur": ("Schur's triangular form", lambda rng: theorems.schur(square(rng))),
    "decay": ("decay, constant of the proof",
              lambda rng: theorems.decay(square(rng), rng.uniform(0.05, 0.5))),
    "real": ("decay on real spaces", real_space),
    "gelfand": ("Gelfand's formula", lambda rng: theorems.gelfand(square(rng))),
    "kreiss": ("bound on transient growth", lambda rng: theorems.kreiss(stable(rng))),
    "hermitian": ("norm of a Hermitian operator", lambda rng: theorems.hermitian(symmetric(rng))),
    "growth": ("Hermitian growth", growing),
    "svd": ("singular value decomposition", lambda rng: theorems.decomposition(rectangle(rng))),
    "eckart_young": ("best approximation", rival),
    "ties": ("best approximation, equality", tie),
    "cube": ("ball in its cube", lambda rng: theorems.cube(int(10 ** rng.uniform(0, 5)))),
    "equator": ("equator of the ball",
                lambda rng: theorems.equator(int(10 ** rng.uniform(0, 5)), rng.uniform(0, 1) ** 3)),
    "sphere": ("equator of the sphere",
               lambda rng: theorems.sphere(int(10 ** rng.uniform(0.31, 5)), rng.uniform(0, 0.7))),
    "lengths": ("lengths of Gaussian vectors", lengths),
}  # fmt: skip


def gaussian(settings: Settings) -> step.Claims:
    """Trials in which Gaussian data beat thm-contrast and prp-planted, beside what they allow."""
    d, n, c = settings.contrast_dim, settings.contrast_points, settings.cosine
    bound = neighbours.contrast_bound(d, n, settings.confidence)
    exceeded = missed = 0
    for trial in range(settings.contrast_trials):
        rng = stream(settings.seed, "contrast", trial)
        x, z = rng.standard_normal((n, d)), rng.standard_normal((1, d))
        exceeded += int(neighbours.contrast(z, x)[0] > bound)
        query = c * x[:1] + np.sqrt(1 - c * c) * z
        missed += int(neighbours.distances(query, x).argmin() != 0)
    trials = settings.contrast_trials
    chance = min(1.0, 2 * n * float(np.exp(-d / 8 * (c / (2 - c)) ** 2)))
    return {
        "contrast_trials": claim(trials, kind="exact"),
        "contrast_exceeded": claim(exceeded, n=trials),
        "contrast_allowed": claim(round(trials * (1 - settings.confidence)), kind="exact"),
        "planted_missed": claim(missed, n=trials),
        "planted_allowed": claim(trials * chance, kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
