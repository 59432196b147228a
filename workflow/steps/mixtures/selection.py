"""How many components (BIC over K), which starts find them, and the limit to k-means."""

from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.mixtures import (
    GaussianMixture,
    lloyd,
    plus_plus_means,
    soft_kmeans,
)
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Number of components, starts, and the limit to k-means"""

    components: int = knob("largest number of components", ge=2, le=50)
    n_init: int = knob("starts for each number of components", ge=1, le=1000)
    trials: int = knob("single starts compared, of each kind", ge=1, le=100000)
    side: int = knob(
        "clusters along each side of the square on which starts are compared", ge=1, le=20
    )
    spacing: float = knob(
        "distance between neighbouring clusters, in their standard deviations", ge=0, le=1000
    )
    floor: float = knob("covariance floor, squared data units", ge=0, le=100)
    widest: float = knob(
        "largest standard deviation of the fixed spherical components, data units",
        ge=1e-06,
        le=1000000.0,
    )
    narrowest: float = knob(
        "smallest standard deviation of the fixed spherical components, data units",
        ge=1e-06,
        le=1000000.0,
    )
    widths: int = knob("number of standard deviations between the two", ge=2, le=500)
    iterations: int = knob("steps of k-means and of its soft version", ge=1, le=10000)
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def square(settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Round clusters on a square grid, 50 points each, and their centres."""
    rng = stream(settings.seed, "selection", "square")
    axis = settings.spacing * np.arange(settings.side)
    centres = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return np.repeat(centres, 50, axis=0) + rng.normal(size=(50 * len(centres), 2)), centres


def found(x: np.ndarray, centres: np.ndarray, init: str, settings: Settings) -> np.ndarray:
    """For each of `trials` single starts, whether a mean ends near every true centre.

    Near: within a quarter of the spacing. The likelihood would be the wrong judge, since the
    highest peaks are spurious, thin components on a few points.
    """
    hits = []
    for seed in range(settings.trials):
        model = GaussianMixture(
            len(centres), init=init, seed=seed, tol=1e-6, covariance_floor=settings.floor
        ).fit(x)
        gaps = np.linalg.norm(centres[:, None] - model.means_, axis=2)  # (centres, means)
        hits.append(bool((gaps.min(axis=1) < settings.spacing / 4).all()))
    return np.array(hits)


Part = tuple[dict[str, object], dict[str, Claim]]  # arrays and claims


def by_bic(x: np.ndarray, table: Path, settings: Settings) -> Part:
    """BIC and log-likelihood for K = 1, 2, …, the best of several starts each."""
    options = {"n_init": settings.n_init, "seed": settings.seed, "tol": 1e-6}
    sizes = list(range(1, settings.components + 1))
    scores, likelihoods = [], []
    for k in sizes:
        model = GaussianMixture(k, covariance_floor=settings.floor, **options).fit(x)  # type: ignore[arg-type]
        scores.append(model.bic(x))
        likelihoods.append(float(model.log_likelihood_history_[-1]))
    rows = zip(sizes, likelihoods, scores, strict=True)
    write_table(table, rows, ["components", "log_likelihood", "bic"])
    margin = float(f"{sorted(scores)[1] - min(scores):.4g}")
    return {"sizes": sizes, "bic": scores, "log_likelihood": likelihoods}, {
        "chosen": claim(sizes[int(np.argmin(scores))], "", "exact"),
        "runner_up_margin": claim(margin, "nats", "exact"),
    }


def towards_kmeans(x: np.ndarray, settings: Settings) -> Part:
    """EM with shrinking spheres against k-means, from the same start for the same steps."""
    widths = np.geomspace(settings.widest, settings.narrowest, settings.widths)
    start = plus_plus_means(x, 3, stream(settings.seed, "selection", "kmeans"))
    hard, _ = lloyd(x, start, settings.iterations)
    softs = [soft_kmeans(x, start, float(s), settings.iterations) for s in widths]
    gaps = [float(np.abs(means - hard).max()) for means, _ in softs]
    softness = [1 - r.max(axis=1).mean() for _, r in softs]
    peer = KMeans(3, init=start, n_init=1, max_iter=settings.iterations, tol=0).fit(x)
    return {"widths": widths, "gaps": gaps, "softness": softness}, {
        "kmeans_gap_widest": claim(gaps[0]),
        "kmeans_gap_narrowest": claim(gaps[-1]),
        "kmeans_against_peer": claim(float(np.abs(hard - peer.cluster_centers_).max())),
    }


def by_start(settings: Settings) -> dict[str, Claim]:
    grid, centres = square(settings)

    def share(init: str) -> Claim:
        hits = found(grid, centres, init, settings)
        return claim(100 * float(hits.mean()), "%", "exact", n=settings.trials)

    return {
        "square_components": claim(settings.side**2, "", "exact"),
        "found_by_random": share("random"),
        "found_by_plus_plus": share("kmeans++"),
    }


def main(settings: Settings, *, fit: Path, arrays: step.Out, table: step.Out) -> step.Claims:
    x = np.load(fit)["x"]
    scores, chosen = by_bic(x, table, settings)
    limit, kmeans = towards_kmeans(x, settings)
    write_arrays(arrays, {**scores, **limit})
    return {**chosen, **kmeans, **by_start(settings)}


if __name__ == "__main__":
    step.run(main)
