"""How many components (BIC over K), which starts find them, and the limit to k-means."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from groundwork.core.atomic import write_arrays
from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.mixtures import (
    DegenerateComponentError,
    GaussianMixture,
    lloyd,
    plus_plus_means,
    soft_kmeans,
)
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    components: int
    n_init: int
    trials: int
    side: int
    spacing: float
    floor: float
    widest: float
    narrowest: float
    widths: int
    iterations: int
    seed: int


def square(settings: Settings) -> np.ndarray:
    """Round clusters on a square grid, 50 points each: a start that misses one cannot mend it."""
    rng = stream(settings.seed, "selection", "square")
    axis = settings.spacing * np.arange(settings.side)
    centres = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return np.asarray(np.repeat(centres, 50, axis=0) + rng.normal(size=(50 * len(centres), 2)))


def found(x: np.ndarray, init: str, settings: Settings) -> np.ndarray:
    """The log-likelihood that each of `trials` single starts ends at (NaN where it collapsed)."""
    ends = []
    for seed in range(settings.trials):
        try:
            model = GaussianMixture(settings.side**2, init=init, seed=seed, tol=1e-6).fit(x)
            ends.append(model.log_likelihood_history_[-1])
        except DegenerateComponentError:
            ends.append(np.nan)
    return np.array(ends)


def main(settings: Settings, *, fit: Path, arrays: step.Out, table: step.Out) -> step.Claims:
    x = np.load(fit)["x"]
    sizes = np.arange(1, settings.components + 1)
    models = [
        GaussianMixture(
            int(k),
            n_init=settings.n_init,
            seed=settings.seed,
            tol=1e-6,
            covariance_floor=settings.floor,
        ).fit(x)
        for k in sizes
    ]
    scores = np.array([model.bic(x) for model in models])
    likelihoods = np.array([model.log_likelihood_history_[-1] for model in models])
    lines = ["components,log_likelihood,bic"]
    lines += [
        f"{k},{a!r},{b!r}"
        for k, a, b in zip(sizes.tolist(), likelihoods.tolist(), scores.tolist(), strict=True)
    ]
    Path(table).write_text("\n".join(lines) + "\n")
    widths = np.geomspace(settings.widest, settings.narrowest, settings.widths)
    start = plus_plus_means(x, 3, stream(settings.seed, "selection", "kmeans"))
    hard, labels = lloyd(x, start, settings.iterations)
    softs = [soft_kmeans(x, start, float(s), settings.iterations) for s in widths]
    gaps = np.array([np.abs(means - hard).max() for means, _ in softs])
    softness = np.array([1 - r.max(axis=1).mean() for _, r in softs])
    peer = KMeans(3, init=start, n_init=1, max_iter=settings.iterations, tol=0).fit(x)
    grid = square(settings)
    ends = {init: found(grid, init, settings) for init in ("random", "kmeans++")}
    top = max(float(np.nanmax(e)) for e in ends.values())
    share = {init: 100 * float((e > top - 1).mean()) for init, e in ends.items()}
    write_arrays(
        arrays,
        {
            "sizes": sizes,
            "bic": scores,
            "log_likelihood": likelihoods,
            "widths": widths,
            "gaps": gaps,
            "softness": softness,
            "hard": hard,
            "labels": labels,
            "random": ends["random"],
            "plus_plus": ends["kmeans++"],
        },
    )
    return {
        "chosen": claim(int(sizes[np.argmin(scores)]), "", "exact"),
        "runner_up_margin": claim(
            float(f"{np.sort(scores)[1] - scores.min():.4g}"), "nats", "exact"
        ),
        "kmeans_gap_widest": claim(float(gaps[0]), "", "measured"),
        "kmeans_gap_narrowest": claim(float(gaps[-1]), "", "measured"),
        "kmeans_narrowest": claim(settings.narrowest, "", "exact"),
        "kmeans_against_peer": claim(
            float(np.abs(hard - peer.cluster_centers_).max()), "", "measured"
        ),
        "trials": claim(settings.trials, "", "exact"),
        "square_components": claim(settings.side**2, "", "exact"),
        "best_by_random": claim(share["random"], "%", "exact", n=settings.trials),
        "best_by_plus_plus": claim(share["kmeans++"], "%", "exact", n=settings.trials),
    }


if __name__ == "__main__":
    step.run(main)
