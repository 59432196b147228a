"""EM watched on three overlapping Gaussians: every iterate, its contours, and its two half-steps."""

from itertools import islice, pairwise

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.mixtures import (
    Iteration,
    Mixture,
    e_step,
    elbo,
    ellipse,
    iterate,
    kl_divergence,
    matching,
    starting_mixture,
)
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """EM watched on a synthetic mixture"""

    weights: list[float] = knob("true mixing coefficients, summing to 1", min_length=1)
    means: list[bounded(list[float], min_length=2)] = knob(
        "true means, in data units", min_length=1
    )
    covariances: list[bounded(list[bounded(list[float], min_length=2)], min_length=2)] = knob(
        "true covariances, in squared data units", min_length=1
    )
    points: int = knob("points drawn", ge=10, le=1000000)
    iterations: int = knob("EM steps recorded", ge=1, le=100000)
    frames: int = knob("frames of the film", ge=2, le=500)
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    truth = Mixture(
        np.array(settings.weights), np.array(settings.means), np.array(settings.covariances)
    )
    x, labels = truth.sample(settings.points, stream(settings.seed, "fit", "data"))
    start = starting_mixture(x, len(truth.weights), "random", stream(settings.seed, "fit", "start"))
    path = list(islice(iterate(x, start), settings.iterations + 1))
    # One naming of components for all frames, fixed at the end, so that no colour ever switches.
    order = matching(path[-1].mixture.means, truth.means)
    named = [step_.mixture.reordered(order) for step_ in path]
    bound = np.array(
        [elbo(x, now.responsibilities, after.mixture) for now, after in pairwise(path)]
    )
    gap = np.array(
        [
            kl_divergence(now.responsibilities, after.responsibilities)
            for now, after in pairwise(path)
        ]
    )
    likelihood = np.array([step_.log_likelihood for step_ in path])
    shown = np.unique(_frames(likelihood, settings.frames))
    write_arrays(
        arrays,
        {
            "x": x,
            "labels": labels,
            "log_likelihood": likelihood,
            "bound": bound,
            "gap": gap,
            "truth_log_likelihood": e_step(x, truth)[1],
            "frames": shown,
            "frame_means": np.array([named[i].means for i in shown]),
            "frame_contours": np.array([_contours(named[i]) for i in shown]),
            "frame_responsibilities": np.array([path[i].responsibilities[:, order] for i in shown]),
            "truth_contours": _contours(truth),
        },
    )
    return _claims(x, labels, truth, named, path, bound, gap)


def _frames(likelihood: np.ndarray, count: int) -> np.ndarray:
    """Iterations to draw: evenly spaced while anything moves, the end included.

    Every frame is the same number of iterations after the one before, so the film's speed is EM's.
    """
    moving = int(np.argmax(likelihood[-1] - likelihood < 0.01))  # nats left to gain
    stride = max(1, -(-moving // (count - 1)))
    return np.arange(0, moving + stride, stride).clip(max=len(likelihood) - 1)


def _contours(mixture: Mixture) -> np.ndarray:
    """Ellipses one and two standard deviations out. Shapes: -> (k, 2, points, 2)."""
    return np.array(
        [
            [ellipse(mean, covariance, radius) for radius in (1.0, 2.0)]
            for mean, covariance in zip(mixture.means, mixture.covariances, strict=True)
        ]
    )


def _claims(
    x: np.ndarray,
    labels: np.ndarray,
    truth: Mixture,
    named: list[Mixture],
    path: list[Iteration],
    bound: np.ndarray,
    gap: np.ndarray,
) -> step.Claims:
    likelihood = np.array([step_.log_likelihood for step_ in path])
    rise = np.diff(likelihood) / np.maximum(1, np.abs(likelihood[1:]))
    end = named[-1]
    ideal = float((e_step(x, truth)[0].argmax(axis=1) == labels).mean())
    ours = float((e_step(x, end)[0].argmax(axis=1) == labels).mean())
    identity = np.abs(bound + gap - likelihood[1:]) / np.abs(likelihood[1:])

    def rounded(value: float, unit: str = "") -> object:
        return claim(float(f"{value:.6g}"), unit, "exact", n=len(x))

    return {
        "points": claim(len(x), "", "exact"),
        "iterations": claim(len(path) - 1, "", "exact"),
        "start": rounded(likelihood[0], "nats"),
        "end": rounded(likelihood[-1], "nats"),
        "truth": rounded(e_step(x, truth)[1], "nats"),
        "smallest_step": claim(float(rise.min()), "", "measured", n=len(rise)),
        "identity_error": claim(float(identity.max()), "", "measured", n=len(identity)),
        "mean_error": rounded(float(np.abs(end.means - truth.means).max())),
        "weight_error": rounded(float(np.abs(end.weights - truth.weights).max())),
        "covariance_error": rounded(float(np.abs(end.covariances - truth.covariances).max())),
        "labels_ideal": rounded(100 * ideal, "%"),
        "labels_ours": rounded(100 * ours, "%"),
    }  # type: ignore[dict-item]


if __name__ == "__main__":
    step.run(main)
