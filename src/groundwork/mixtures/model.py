"""The Gaussian mixture model: fitting, restarts, sampling, model selection."""

import math
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.core.arrays import power_of_two
from groundwork.core.estimator import Estimator
from groundwork.core.seeds import stream
from groundwork.mixtures.density import e_step, log_joint
from groundwork.mixtures.em import Iteration, iterate
from groundwork.mixtures.initial import starting_mixture
from groundwork.mixtures.maximize import FLOOR_RULES, FloorRule
from groundwork.mixtures.parameters import DegenerateComponentError, Mixture

Array = NDArray[np.float64]


class GaussianMixture(Estimator):
    """A mixture of Gaussians with full covariances, fitted by EM.

    `covariance_floor` = ε ≥ 0, in squared data units, and `floor_rule` keep components from
    collapsing (see `maximize.floored`; with "clip" the log-likelihood still never falls). EM
    stops after `max_iter` iterations or when the objective moves by less than `tol` nats a point.
    `init` as in `starting_mixture`; the best of `n_init` starts is kept. Works in scikit-learn's
    pipelines, searches and cross-validation, and needs none of it. The parameters are judged by
    `fit`.

    After `fit`: `weights_` (k,), `means_` (k, d), `covariances_` (k, d, d);
    `log_likelihood_history_`, Σᵢ log p(xᵢ) in nats at the start and after every iteration;
    `objective_history_`, what the variant ascends (equal unless floor_rule="noise");
    `n_features_in_` = d, `n_iter_`, `converged_`, `failed_starts_` (starts that collapsed, where others did not).

    Source: Bishop, Pattern Recognition and Machine Learning, section 9.2.2.
    Differs: scikit-learn adds 1e-6·I to each covariance and keeps a lower bound of means, not sums.
    Checked by: tests/mixtures/, against scikit-learn from the same start and by 500 random starts.
    """

    _kind, _fitted = "density_estimator", "_mixture"

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_floor: float = 0.0,
        max_iter: int = 500,
        tol: float = 1e-9,
        init: Any = None,
        seed: int = 0,
        n_init: int = 1,
        floor_rule: FloorRule = "clip",
    ) -> None:
        self.n_components, self.covariance_floor = n_components, covariance_floor
        self.max_iter, self.tol, self.init = max_iter, tol, init
        self.seed, self.n_init, self.floor_rule = seed, n_init, floor_rule

    def fit(self, x: ArrayLike, y: object = None) -> "GaussianMixture":
        """Run EM from each start and keep the best end; `y` is for pipelines, and not looked at.

        Shapes: (n, d), or (n,) for one feature.
        Raises: `ValueError` for unusable parameters or data, `DegenerateComponentError` where
        every start collapses.
        """
        del y
        self._judge()
        data = self._training(x)
        _check_scale(data)
        if len(data) < self.n_components:
            raise ValueError(f"{len(data)} points cannot hold {self.n_components} components")
        best: list[Iteration] = []
        failure: DegenerateComponentError | None = None
        self.failed_starts_ = 0
        for number in range(self.n_init):
            try:
                path, converged = self._run(data, number)
            except DegenerateComponentError as problem:
                failure = problem
                self.failed_starts_ += 1
                continue
            if not best or path[-1].objective > best[-1].objective:
                best, self.converged_ = path, converged
        if not best:
            assert failure is not None
            raise failure
        self._keep(best)
        self.n_features_in_ = data.shape[1]
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.int64]:
        """The likeliest component of each point. Shapes: (n, d) -> (n,)."""
        return np.asarray(self.responsibilities(x).argmax(axis=1))

    def predict_proba(self, x: ArrayLike) -> Array:
        """`responsibilities`, by scikit-learn's name."""
        return self.responsibilities(x)

    def fit_predict(self, x: ArrayLike, y: object = None) -> NDArray[np.int64]:
        """`fit`, then `predict` of the same points."""
        return self.fit(x, y).predict(x)

    def score_samples(self, x: ArrayLike) -> Array:
        """log p(xᵢ) of each point, in nats. Shapes: (n, d) -> (n,)."""
        joint = log_joint(self._queries(x), self.mixture_)  # (n, k)
        largest = joint.max(axis=1)
        return np.asarray(largest + np.log(np.exp(joint - largest[:, None]).sum(axis=1)))

    def score(self, x: ArrayLike, y: object = None) -> float:
        """The mean of log p(xᵢ), in nats a point: what a search or cross-validation maximises."""
        del y
        return self.log_likelihood(x) / len(self._queries(x))

    def responsibilities(self, x: ArrayLike) -> Array:
        """p(component | point). Shapes: (n, d) -> (n, k), rows sum to 1."""
        return e_step(self._queries(x), self.mixture_)[0]

    def log_likelihood(self, x: ArrayLike) -> float:
        """Σᵢ log p(xᵢ), in nats."""
        return e_step(self._queries(x), self.mixture_)[1]

    def sample(self, n: int, seed: int | None = None) -> tuple[Array, NDArray[np.int64]]:
        """`n` new points and their components; `seed` defaults to the model's own."""
        rng = stream(self.seed if seed is None else seed, "mixtures", "sample")
        return self.mixture_.sample(n, rng)

    def bic(self, x: ArrayLike) -> float:
        """The Bayesian information criterion p·log n − 2ℓ, in nats; lower is better.

        Source: Schwarz, Estimating the dimension of a model, 1978.
        Checked by: tests/mixtures/test_model.py, against scikit-learn.
        """
        data = self._queries(x)
        n, d = data.shape
        free = self.n_components * (1 + d + d * (d + 1) // 2) - 1
        return free * math.log(n) - 2 * self.log_likelihood(data)

    @property
    def mixture_(self) -> Mixture:
        """The fitted parameters as one value."""
        self._require_fit()
        return self._mixture

    def _judge(self) -> None:
        if self.n_components < 1 or self.max_iter < 0 or self.n_init < 1:
            raise ValueError("n_components and n_init must be at least 1, max_iter at least 0")
        if not (
            math.isfinite(self.covariance_floor) and self.covariance_floor >= 0 and self.tol >= 0
        ):
            raise ValueError("covariance_floor and tol must be finite and at least 0")
        if self.floor_rule not in FLOOR_RULES:
            raise ValueError(f"floor_rule must be one of {FLOOR_RULES}, not {self.floor_rule!r}")

    def _queries(self, x: ArrayLike) -> Array:
        found = super()._queries(x)
        if not len(found):
            raise ValueError("x holds no point to ask about")
        return found

    def _run(self, x: Array, number: int) -> tuple[list[Iteration], bool]:
        """The iterates of one start, and whether the last step moved by less than `tol`."""
        rng = stream(self.seed, "mixtures", "start", number)
        start = starting_mixture(x, self.n_components, self.init, rng)
        steps = iterate(x, start, floor=self.covariance_floor, rule=self.floor_rule)
        path: list[Iteration] = []
        for now in islice(steps, self.max_iter + 1):
            if not math.isfinite(now.objective):
                raise ValueError("the log-likelihood is not finite: rescale the data")
            # Responsibilities of passed iterations would be n × k numbers each: not kept.
            path.append(replace(now, responsibilities=np.empty((0, 0))))
            if len(path) > 1:
                gain = (path[-1].objective - path[-2].objective) / len(x)
                if abs(gain) < self.tol:
                    return path, True
        return path, False

    def _keep(self, path: list[Iteration]) -> None:
        self._mixture = end = path[-1].mixture
        self.weights_, self.means_, self.covariances_ = end.weights, end.means, end.covariances
        self.log_likelihood_history_ = np.array([step.log_likelihood for step in path])
        self.objective_history_ = np.array([step.objective for step in path])
        self.n_iter_ = len(path) - 1


def _check_scale(x: Array) -> None:
    """Raise `ValueError` where variances, squares of the data's spread, leave the float range."""
    unit = power_of_two(x)
    spread = np.ptp(x / unit, axis=0) * unit  # (d,)
    used = spread[spread > 0]
    if used.size and not (used.max() < 1e150 and used.min() > 1e-150):
        raise ValueError(
            f"features vary by {used.min():.1e} to {used.max():.1e}, and their squares leave the "
            "range of float64: rescale the data"
        )
