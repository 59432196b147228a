"""Bias and variance of kernel ridge over the bandwidth, on a noisy sine, from many data sets.

Everything is drawn anew for each data set, the points as well as the noise; bias and variance are
taken against the noiseless truth. Training error, leave-one-out error and the error on fresh noisy
points stand beside them, to show which of the three can be trusted.
"""

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.kernel_ridge import Decomposition, KernelRidge, decompose
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

Sample = tuple[np.ndarray, np.ndarray]  # points and targets


class Settings(step.Settings):
    """Bias and variance over the bandwidth"""

    points: int = knob("training points a data set", ge=3, le=500)
    noise: float = knob(
        "standard deviation of the noise, in units of the sine's amplitude", ge=0, le=10
    )
    penalty: float = knob("ridge penalty, in units of the kernel", ge=0, le=1000)
    data_sets: int = knob("independent data sets", ge=2, le=100000)
    shown: int = knob("data sets whose fits are kept for drawing", ge=1, le=200)
    shortest: float = knob("shortest length scale, in units of the interval", ge=1e-06, le=100)
    longest: float = knob("longest length scale, in units of the interval", ge=1e-06, le=1000)
    scales: int = knob("number of length scales", ge=2, le=500)
    grid: int = knob("points on which bias and variance are taken", ge=10, le=5000)
    seed: int = knob("seed of every random stream of the step", ge=0)


def truth(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * x))


def draw(settings: Settings, *names: str | int) -> Sample:
    rng = stream(settings.seed, "bandwidth", *names)
    x = rng.uniform(0, 1, settings.points)
    return x, truth(x) + settings.noise * rng.standard_normal(settings.points)


def study(
    settings: Settings, length_scale: float, grid: np.ndarray, samples: list[tuple[Sample, Sample]]
) -> dict[str, np.ndarray]:
    """Fits on `grid` and the three errors, one row per data set, at one bandwidth."""
    fits, errors = [], []
    for (x, y), (fresh_x, fresh_y) in samples:
        model = KernelRidge(length_scale=length_scale, penalty=settings.penalty).fit(x, y)
        places = np.concatenate([grid, x, fresh_x])
        on_grid, on_own, on_fresh = np.split(model.predict(places), [len(grid), len(grid) + len(x)])
        fits.append(on_grid)
        residuals = (y - on_own, model.loo_residuals(), fresh_y - on_fresh)
        errors.append([float((r**2).mean()) for r in residuals] + [model.effective_dof()])
    return {"fits": np.array(fits), "errors": np.array(errors)}


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    # Cell midpoints: their plain mean is the integral over the interval the points come from.
    grid = (np.arange(settings.grid) + 0.5) / settings.grid
    length_scales = np.geomspace(settings.shortest, settings.longest, settings.scales)
    samples = [(draw(settings, i), draw(settings, i, "fresh")) for i in range(settings.data_sets)]
    studies = [study(settings, float(s), grid, samples) for s in length_scales]
    parts = [decompose(s["fits"], truth(grid)) for s in studies]
    errors = np.array([s["errors"] for s in studies])  # (scales, data sets, 4)
    x, y = samples[0][0]
    write_arrays(
        arrays,
        {
            "grid": grid,
            "truth": truth(grid),
            "length_scales": length_scales,
            "fits": np.array([s["fits"][: settings.shown] for s in studies]),
            "mean_fit": np.array([s["fits"].mean(axis=0) for s in studies]),
            "bias_squared": [p.mean_bias_squared for p in parts],
            "variance": [p.mean_variance for p in parts],
            "training": errors[:, :, 0].mean(axis=1),
            "leave_one_out": errors[:, :, 1].mean(axis=1),
            "fresh": errors[:, :, 2].mean(axis=1),
            "dof": errors[:, :, 3].mean(axis=1),
            "noise_variance": settings.noise**2,
            "x": x,
            "y": y,
        },
    )
    rows = []
    for i in np.linspace(0, len(parts) - 1, min(9, len(parts))).round().astype(int):
        bias, variance = parts[i].mean_bias_squared, parts[i].mean_variance
        rows.append((length_scales[i], bias, variance, bias + variance, *errors[i].mean(axis=0)))
    means = ["truth_error", "training", "leave_one_out", "fresh", "dof"]
    write_table(table, rows, ["length_scale", "bias_squared", "variance", *means])
    return _claims(settings, length_scales, parts, errors)


def _claims(
    settings: Settings, scales: np.ndarray, parts: list[Decomposition], errors: np.ndarray
) -> step.Claims:
    bias = np.array([p.mean_bias_squared for p in parts])
    variance = np.array([p.mean_variance for p in parts])
    best, shakiest = int(np.argmin(bias + variance)), int(np.argmax(variance))
    # The mean error on fresh noisy points estimates bias² + variance + noise² independently.
    gap = errors[:, :, 2].mean(axis=1) - (bias + variance + settings.noise**2)
    scatter = errors[:, :, 2].std(axis=1, ddof=1) / settings.data_sets**0.5
    chosen = scales[np.argmin(errors[:, :, 1], axis=0)]  # each data set's own choice
    misled = scales[np.argmin(errors[:, :, 0], axis=0)]
    n = settings.data_sets
    low, middle, high = np.quantile(chosen, [0.25, 0.5, 0.75])

    def exact(value: float, **more: object) -> object:
        return claim(float(f"{value:.4g}"), "", "exact", n=n, **more)  # type: ignore[arg-type]

    return {
        "data_sets": claim(n, "", "exact"),
        "noise_variance": exact(settings.noise**2),
        "best_length_scale": exact(scales[best]),
        "best_error": exact((bias + variance)[best]),
        "best_bias_squared": exact(bias[best]),
        "best_variance": exact(variance[best]),
        "longest": exact(scales[-1]),
        "long_bias_squared": exact(bias[-1]),
        "long_variance": exact(variance[-1]),
        "shakiest_length_scale": exact(scales[shakiest]),
        "shakiest_variance": exact(variance[shakiest]),
        "shakiest_bias_squared": exact(bias[shakiest]),
        "shakiest_training": exact(errors[shakiest, :, 0].mean()),
        "shortest": exact(scales[0]),
        "short_bias_squared": exact(bias[0]),
        "short_variance": exact(variance[0]),
        "identity_gap_in_standard_errors": exact(float(np.abs(gap / scatter).max())),
        "chosen_by_leave_one_out": exact(middle, spread=(low, high)),
        "chosen_by_training_error": exact(float(np.median(misled))),
    }  # type: ignore[return-value]


if __name__ == "__main__":
    step.run(main)
