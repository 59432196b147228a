"""The Gaussian mixture model: fitting, restarts, sampling, model selection."""

import math
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundwork.core.arrays import points, power_of_two
from groundwork.core.seeds import stream
from groundwork.mixtures.density import e_step
from groundwork.mixtures.em import Iteration, iterate
from groundwork.mixtures.initial import starting_mixture
from groundwork.mixtures.maximize import FLOOR_RULES, FloorRule
from groundwork.mixtures.parameters import DegenerateComponentError, Mixture

Array = NDArray[np.float64]


class GaussianMixture:
    """A mixture of Gaussians with full covariances, fitted by EM.

    `covariance_floor` = ε ≥ 0, in squared data units, and `floor_rule` keep components from
    collapsing (see `maximize.floored`; with "clip" the log-likelihood still never falls). EM
    stops after `max_iter` iterations or when the objective moves by less than `tol` nats a point.
    `init` as in `starting_mixture`; the best of `n_init` starts is kept.

    After `fit`: `weights_` (k,), `means_` (k, d), `covariances_` (k, d, d);
    `log_likelihood_history_`, Σᵢ log p(xᵢ) in nats at the start and after every iteration;
    `objective_history_`, what the variant ascends (equal unless floor_rule="noise");
    `n_iter_`, `converged_`, `failed_starts_` (starts that collapsed, where others did not).

    Source: Bishop, Pattern Recognition and Machine Learning, section 9.2.2.
    Differs: scikit-learn adds 1e-6·I to each covariance and keeps a lower bound of means, not sums.
    Checked by: tests/mixtures/, against scikit-learn from the same start and by 500 random starts.
    """

    def __init__(
        self,
        n_components: int,
        *,
        covariance_floor: float = 0.0,
        max_iter: int = 500,
        tol: float = 1e-9,
        init: Any = None,
        seed: int = 0,
        n_init: int = 1,
        floor_rule: FloorRule = "clip",
    ) -> None:
        if n_components < 1 or max_iter < 0 or n_init < 1:
            raise ValueError("n_components and n_init must be at least 1, max_iter at least 0")
        if not (math.isfinite(covariance_floor) and covariance_floor >= 0 and tol >= 0):
            raise ValueError("covariance_floor and tol must be finite and at least 0")
        if floor_rule not in FLOOR_RULES:
            raise ValueError(f"floor_rule must be one of {FLOOR_RULES}, not {floor_rule!r}")
        self.n_components, self.covariance_floor = n_components, covariance_floor
        self.max_iter, self.tol, self.init = max_iter, tol, init
        self.seed, self.n_init, self.floor_rule = seed, n_init, floor_rule

    def fit(self, x: ArrayLike) -> "GaussianMixture":
        """Run EM from each start and keep the best end.

        Shapes: (n, d), or (n,) for one feature.
        Raises: `ValueError` for unusable data, `DegenerateComponentError` where every start
        collapses.
        """
        data = _points(x)
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
        return self

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
        if not hasattr(self, "_mixture"):
            raise RuntimeError("call fit before asking this of a GaussianMixture")
        return self._mixture

    def _queries(self, x: ArrayLike) -> Array:
        return _points(x, self.mixture_.means.shape[1])

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


def _points(x: ArrayLike, features: int | None = None) -> Array:
    found = points(x, features=features)
    if found.size == 0:
        raise ValueError(f"data must have shape (n, d) with n, d ≥ 1, not {found.shape}")
    return found


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
