"""Accuracy of both SVD methods on hard matrices, beside LAPACK and 50-digit arithmetic."""

import mpmath
import numpy as np
import pandas as pd

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators.gallery import column_graded, errors, gallery, with_values
from groundwork.operators.svd import svd
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

METHODS = ("eig", "jacobi")


class Settings(step.Settings):
    """Accuracy of both SVD methods."""

    graded_cases: int = knob("Graded matrices compared with the oracle.", ge=1)
    graded_rows: int = knob("Rows of a graded matrix.", ge=1)
    graded_columns: int = knob("Columns of a graded matrix.", ge=1)
    decades: float = knob(
        "Powers of ten over which the columns of a graded matrix fall.", ge=0, le=100
    )
    digits: int = knob("Decimal digits of the oracle.", ge=20)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, table: step.Out, arrays: step.Out) -> step.Claims:
    frame = pd.DataFrame(
        [row(name, a) for name, a in gallery(stream(settings.seed, "gallery")).items()]
    )
    frame.to_csv(table, index=False)
    relative, exact = graded(settings)
    curve = falling(settings)
    write_arrays(arrays, curve)
    made = {
        "matrices": claim(len(frame), kind="exact"),
        "graded_values": claim(exact, kind="exact"),
    }
    for method, worst in relative.items():
        made[f"graded_{method}"] = claim(worst, n=settings.graded_cases)
    for method in METHODS:
        for name in ("reconstruction", "orthogonality", "values"):
            made[f"{method}_{name}"] = claim(frame[f"{method}_{name}"].max(), n=len(frame))
    made["eig_floor"] = claim(float(curve["eig_floor"]))
    return made | naive(gallery(stream(settings.seed, "gallery"))["rank 8"])


def naive(a: np.ndarray) -> step.Claims:
    """What `np.linalg.eig` makes of A*A when nothing is repaired."""
    values, vectors = np.linalg.eig(a.T @ a)
    inner = np.abs(vectors.conj().T @ vectors - np.eye(len(values)))
    return {
        "naive_complex": claim(int((np.abs(np.imag(values)) > 0).sum())),
        "naive_negative": claim(int((np.real(values) < 0).sum())),
        "naive_orthogonality": claim(float(inner.max())),
    }


def row(name: str, a: np.ndarray) -> dict[str, object]:
    """One matrix: the errors of both methods and of LAPACK's reconstruction."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    found: dict[str, object] = {"matrix": name, "shape": f"{a.shape[0]}\u00a0×\u00a0{a.shape[1]}"}
    for method in METHODS:
        for key, value in errors(a, *svd(a, method=method), s).items():
            found[f"{method}_{key}"] = value
    lapack = errors(a, u, s, vt, s)
    return found | {f"lapack_{key}": lapack[key] for key in ("reconstruction", "orthogonality")}


def graded(settings: Settings) -> tuple[dict[str, float], int]:
    """Largest relative error of any singular value of B·D, per method, against mpmath."""
    worst = {"eig": 0.0, "jacobi": 0.0, "lapack": 0.0}
    count = 0
    with mpmath.workdps(settings.digits):
        for case in range(settings.graded_cases):
            rng = stream(settings.seed, "graded", case)
            a = column_graded(settings.graded_rows, settings.graded_columns, settings.decades, rng)
            exact = oracle(a)
            for name, s in values(a).items():
                worst[name] = max(worst[name], float(np.abs(s / exact - 1).max()))
            count += len(exact)
    return worst, count


def falling(settings: Settings) -> dict[str, np.ndarray]:
    """Relative error of every singular value of two matrices whose values fall by 1e16.

    `hidden`: graded in a random basis, where small values are lost to any method that rounds once
    at the size of the largest. `columns`: graded by columns, which determine them all.
    """
    m, n = settings.graded_rows, settings.graded_columns
    rng = stream(settings.seed, "falling")
    matrices = {
        "hidden": with_values(m, n, np.logspace(0, -16, n), rng),
        "columns": column_graded(m, n, 16, rng),
    }
    out: dict[str, np.ndarray] = {}
    with mpmath.workdps(settings.digits):
        for name, a in matrices.items():
            exact = oracle(a)
            out[f"{name}_true"] = exact / exact[0]
            for method, s in values(a).items():
                out[f"{name}_{method}"] = np.abs(s / exact - 1)
    wrong = out["hidden_eig"] > 0.1  # the first value that eig gets wrong by a tenth
    out["eig_floor"] = out["hidden_true"][np.argmax(wrong)] if wrong.any() else np.array(0.0)
    return out


def oracle(a: np.ndarray) -> np.ndarray:
    """Singular values at the precision of the mpmath context."""
    true = mpmath.svd_r(mpmath.matrix(a.tolist()), compute_uv=False)
    return np.sort([float(value) for value in true])[::-1]


def values(a: np.ndarray) -> dict[str, np.ndarray]:
    """Singular values by every method, none set to zero."""
    found = {method: svd(a, method=method, rtol=0.0).s for method in ("eig", "jacobi")}
    return found | {"lapack": np.linalg.svd(a, compute_uv=False)}


if __name__ == "__main__":
    step.run(main)
