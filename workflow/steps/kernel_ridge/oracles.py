"""Kernel ridge against independent ways to the same numbers; the largest error of each.

Also how a primal fit on the first coordinates of the Gaussian kernel's infinite feature map
approaches the dual fit as coordinates are added.
"""

import math

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge as Peer

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.kernel_ridge import (
    KernelRidge,
    cholesky_in_place,
    polynomial_features,
    polynomial_kernel,
    primal_ridge,
    rbf_features,
    rbf_kernel,
)
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

NAMES = {
    "peer": "predictions against scikit-learn's KernelRidge",
    "process": "predictions against a Gaussian process's posterior mean",
    "primal": "dual against primal on polynomial features",
    "span": "primal weights against Φᵀα",
    "leave_one_out": "closed-form leave-one-out against refits",
    "dof": "degrees of freedom against the eigenvalue sum",
    "factor": "entries of L Lᵀ against the matrix, penalty 1e-10",
}


class Settings(step.Settings):
    """Comparison with independent computations"""

    cases: int = knob("random problems", ge=1, le=10000)
    points: int = knob("training points of the largest problem", ge=10, le=500)
    penalties: list[bounded(float, ge=1e-06, le=1000)] = knob(
        "ridge penalties taken in turn, in units of the kernel", min_length=1
    )
    degrees: int = knob("highest degree of the truncated feature map", ge=1, le=100)
    seed: int = knob("seed of every random stream of the step", ge=0)


def one_case(number: int, settings: Settings) -> dict[str, float]:
    """The seven errors on one random problem."""
    rng = stream(settings.seed, "oracles", number)
    n, d = int(rng.integers(10, settings.points + 1)), int(rng.integers(1, 6))
    penalty = settings.penalties[number % len(settings.penalties)]
    scale = float(10 ** rng.uniform(-0.5, 0.5))
    x, y, queries = rng.uniform(-1, 1, (n, d)), rng.normal(size=n), rng.uniform(-1, 1, (50, d))
    ours = KernelRidge(length_scale=scale, penalty=penalty).fit(x, y)
    values = ours.predict(queries)
    peer = Peer(kernel="rbf", gamma=1 / (2 * scale**2), alpha=penalty).fit(x, y)
    process = GaussianProcessRegressor(RBF(scale), alpha=penalty, optimizer=None).fit(x, y)
    kernel = rbf_kernel(x, x, scale)
    eigenvalues = np.linalg.eigvalsh(kernel).clip(0)
    hard = kernel + 1e-10 * np.eye(n)
    factor = np.tril(cholesky_in_place(hard.copy()))
    dof = float((eigenvalues / (eigenvalues + penalty)).sum())
    return {
        "peer": _gap(values, peer.predict(queries)),
        "process": _gap(values, process.predict(queries)),
        "leave_one_out": _gap(ours.loo_residuals(), _refits(x, y, scale, penalty)),
        "dof": abs(ours.effective_dof() - dof),
        "factor": _gap(factor @ factor.T, hard),
        **_primal_case(rng, x, y, queries, penalty),
    }


def _primal_case(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, queries: np.ndarray, penalty: float
) -> dict[str, float]:
    degree = int(rng.integers(1, 4))
    features = polynomial_features(x, degree)
    weights = primal_ridge(features, y, penalty)
    dual = KernelRidge(lambda a, b: polynomial_kernel(a, b, degree), penalty=penalty).fit(x, y)
    return {
        "primal": _gap(dual.predict(queries), polynomial_features(queries, degree) @ weights),
        "span": _gap(features.T @ dual.dual_coef_, weights),
    }


def _refits(x: np.ndarray, y: np.ndarray, scale: float, penalty: float) -> np.ndarray:
    residuals = np.empty(len(x))
    for i in range(len(x)):
        rest = np.arange(len(x)) != i
        model = KernelRidge(length_scale=scale, penalty=penalty).fit(x[rest], y[rest])
        residuals[i] = y[i] - model.predict(x[i : i + 1])[0]
    return residuals


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def truncation(settings: Settings) -> dict[str, np.ndarray]:
    """Predictions by ever more coordinates of the infinite feature map, against the dual's."""
    rng = stream(settings.seed, "truncation")
    x, grid, scale, penalty = rng.uniform(-1, 1, (30, 1)), np.linspace(-1, 1, 200), 0.4, 1e-2
    y = np.sin(3 * x[:, 0]) + 0.2 * rng.normal(size=30)
    dual = KernelRidge(length_scale=scale, penalty=penalty).fit(x, y).predict(grid)
    degrees = np.arange(settings.degrees + 1)
    predictions, kernel_gap = [], []
    for degree in degrees:
        features = rbf_features(x, scale, int(degree))
        weights = primal_ridge(features, y, penalty)
        predictions.append(rbf_features(grid[:, None], scale, int(degree)) @ weights)
        kernel_gap.append(_gap(features @ features.T, rbf_kernel(x, x, scale)))
    size = 1 / scale**2  # the largest |x·y|/σ² on [−1, 1]
    bound = [math.exp(k * math.log(size) - math.lgamma(k + 1)) for k in degrees + 1]
    return {
        "degrees": degrees,
        "grid": grid,
        "dual": dual,
        "predictions": np.array(predictions),
        "prediction_gap": np.array([_gap(p, dual) for p in predictions]),
        "kernel_gap": np.array(kernel_gap),
        "kernel_bound": np.array(bound),
        "x": x[:, 0],
        "y": y,
    }


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    cases = [one_case(number, settings) for number in range(settings.cases)]
    worst = {name: max(case[name] for case in cases) for name in NAMES}
    rows = [(NAMES[name], settings.cases, worst[name]) for name in NAMES]
    write_table(table, rows, ["check", "cases", "largest_error"])
    series = truncation(settings)
    write_arrays(arrays, series)
    reached = int(np.argmax(series["prediction_gap"] < 1e-8))
    return {
        **{name: claim(value, "", "measured", n=settings.cases) for name, value in worst.items()},
        "coordinates_for_1e8": claim(reached + 1, "", "exact"),
        "last_prediction_gap": claim(float(series["prediction_gap"][-1]), "", "measured"),
    }


if __name__ == "__main__":
    step.run(main)
