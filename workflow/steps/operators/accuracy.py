"""Accuracy of both SVD methods on hard matrices, beside LAPACK and 50-digit arithmetic."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pandas as pd

from groundwork.core.atomic import write_arrays
from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.operators.gallery import column_graded, errors, gallery, with_values
from groundwork.operators.svd import svd
from groundwork.pipeline import step

METHODS = ("eig", "jacobi")


@dataclass(frozen=True)
class Settings:
    graded_cases: int
    graded_rows: int
    graded_columns: int
    decades: float
    digits: int
    seed: int


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
        "graded_cases": claim(settings.graded_cases, kind="exact"),
        "graded_values": claim(exact, kind="exact"),
        "digits": claim(settings.digits, kind="exact"),
    }
    for method, worst in relative.items():
        made[f"graded_{method}"] = claim(worst, n=settings.graded_cases)
    for method in METHODS:
        for name in ("reconstruction", "orthogonality", "values"):
            made[f"{method}_{name}"] = claim(frame[f"{method}_{name}"].max(), n=len(frame))
    made["eig_floor"] = claim(float(curve["eig_floor"]))
    return made


def row(name: str, a: np.ndarray) -> dict[str, object]:
    """One matrix: the errors of both methods and of LAPACK's reconstruction."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    found: dict[str, object] = {"matrix": name, "shape": f"{a.shape[0]} × {a.shape[1]}"}
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
            true = mpmath.svd_r(mpmath.matrix(a.tolist()), compute_uv=False)
            exact = np.sort([float(value) for value in true])[::-1]
            rivals = {method: svd(a, method=method, rtol=0.0).s for method in ("eig", "jacobi")}
            rivals["lapack"] = np.linalg.svd(a, compute_uv=False)
            for name, s in rivals.items():
                worst[name] = max(worst[name], float(np.abs(s / exact - 1).max()))
            count += len(exact)
    return worst, count


def falling(settings: Settings) -> dict[str, np.ndarray]:
    """Every method's values of one matrix whose true ones fall evenly to 1e-16."""
    true = np.logspace(0, -16, 49)
    a = with_values(60, 49, true, stream(settings.seed, "falling"))
    found = {method: svd(a, method=method, rtol=0.0).s for method in METHODS}
    wrong = np.abs(found["eig"] / true - 1) > 0.1  # the first value that eig gets wrong by a tenth
    return {
        "true": true,
        **found,
        "lapack": np.linalg.svd(a, compute_uv=False),
        "eig_floor": true[np.argmax(wrong)] if wrong.any() else np.array(0.0),
    }


if __name__ == "__main__":
    step.run(main)
