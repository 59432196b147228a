"""The mixture code against independent computations; the largest error of each."""

import warnings

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as Peer

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.mixtures import (
    DegenerateComponentError,
    GaussianMixture,
    Mixture,
    e_step,
    elbo,
    kl_divergence,
    log_joint,
    starting_mixture,
)
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

NAMES = {
    "peer_parameters": "parameters after EM against scikit-learn, same start",
    "peer_likelihood": "log-likelihood a point against scikit-learn",
    "peer_bic": "BIC against scikit-learn, relative",
    "density": "log densities against SciPy, relative",
    "responsibilities": "responsibilities against SciPy's logsumexp",
    "identity": "ELBO + KL against the log-likelihood, tempered q, relative",
}


class Settings(step.Settings):
    """Comparison with independent computations"""

    cases: int = knob("random problems", ge=1, le=100000)
    points: int = knob("points of each problem", ge=20, le=100000)
    iterations: int = knob("EM steps before the comparison", ge=1, le=10000)
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def one_case(number: int, settings: Settings) -> dict[str, float] | None:
    """The six errors on one random problem; None where plain EM collapses."""
    rng = stream(settings.seed, "oracles", number)
    d, k = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    centres = 3 * rng.normal(size=(k, d))
    x = centres[rng.integers(k, size=settings.points)] + rng.normal(size=(settings.points, d))
    start = starting_mixture(x, k, "random", rng)
    try:
        ours = GaussianMixture(k, init=start, max_iter=settings.iterations, tol=0).fit(x)
    except DegenerateComponentError:
        return None
    peer = fit_peer(x, start, settings.iterations)
    pairs = (
        (ours.weights_, peer.weights_),
        (ours.means_, peer.means_),
        (ours.covariances_, peer.covariances_),
    )
    return {
        "peer_parameters": max(float(np.abs(a - b).max()) for a, b in pairs),
        "peer_likelihood": abs(ours.log_likelihood(x) / len(x) - peer.score(x)),
        "peer_bic": abs(ours.bic(x) / peer.bic(x) - 1),
        **density_errors(x, ours.mixture_),
    }


def fit_peer(x: np.ndarray, start: Mixture, iterations: int) -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that a fixed number of steps did not converge
        return Peer(
            len(start.weights),
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=np.linalg.inv(start.covariances),
            max_iter=iterations,
            tol=0,
            reg_covar=0,
        ).fit(x)


def density_errors(x: np.ndarray, mixture: Mixture) -> dict[str, float]:
    """E-step and bound against SciPy's densities."""
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    columns = [np.log(w) + np.atleast_1d(multivariate_normal(m, c).logpdf(x)) for w, m, c in parts]
    joint = np.stack(columns, axis=1)  # (n, k)
    posterior, likelihood = e_step(x, mixture)
    expected = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    q = np.exp(0.5 * joint - logsumexp(0.5 * joint, axis=1, keepdims=True))  # tempered: not r
    q = np.where(posterior > 0, q, 0)  # KL is infinite where q > 0 and r has underflowed to 0
    q /= q.sum(axis=1, keepdims=True)
    return {
        "density": float(np.abs(log_joint(x, mixture) / joint - 1).max()),
        "responsibilities": float(np.abs(posterior - expected).max()),
        "identity": abs((elbo(x, q, mixture) + kl_divergence(q, posterior)) / likelihood - 1),
    }


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    results = [one_case(number, settings) for number in range(settings.cases)]
    cases = [case for case in results if case is not None]
    worst = {name: max(case[name] for case in cases) for name in NAMES}
    rows = [(NAMES[name], len(cases), worst[name]) for name in NAMES]
    write_table(table, rows, ["check", "cases", "largest_error"])
    return {
        **{
            name: claim(float(value), "", "measured", n=len(cases)) for name, value in worst.items()
        },
        "cases": claim(len(cases), "", "exact"),
        "collapsed": claim(settings.cases - len(cases), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
