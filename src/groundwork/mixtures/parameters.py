"""The parameters of a Gaussian mixture, and what can be said of them without data.

Axis letters, here and in every module of this room: n points, d features, k components.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class DegenerateComponentError(ArithmeticError):
    """A component's covariance has become singular: its likelihood would grow without bound."""

    def __init__(self, component: int, reason: str) -> None:
        self.component = component
        super().__init__(
            f"component {component} is degenerate: {reason}; the likelihood has no maximum there. "
            "Set covariance_floor above 0 (in squared data units), use fewer components, or "
            "start elsewhere"
        )


@dataclass(frozen=True)
class Mixture:
    """Mixing coefficients (k,), means (k, d) and covariances (k, d, d), in data units.

    `roots` (k, d, d), where given, are lower triangles with Σ = L Lᵀ that hold more of a flat
    component's digits than Σ can: a variance of 1e-9 beside one of 1 keeps seven digits in Σ and
    eleven in L. They matter where a floor holds a component against the pull of the data.
    """

    weights: Array
    means: Array
    covariances: Array
    roots: Array | None = None

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
        """`n` points and the component that each was drawn from. Shapes: -> (n, d), (n,)."""
        labels = rng.choice(len(self.weights), size=n, p=self.weights / self.weights.sum())
        lower = factors(
            self
        )  # (k, d, d): where a floor held a component, only its root is definite
        noise = rng.standard_normal((n, self.means.shape[1]))
        points = self.means[labels] + np.einsum("nij,nj->ni", lower[labels], noise)
        return points, labels

    def reordered(self, order: NDArray[np.int64]) -> "Mixture":
        """The same density with component `order[j]` in place j."""
        roots = None if self.roots is None else self.roots[order]
        return Mixture(self.weights[order], self.means[order], self.covariances[order], roots)


def check(mixture: Mixture) -> None:
    """Raise `ValueError` unless shapes agree, weights form a distribution, covariances are SPD."""
    weights, means, covariances = mixture.weights, mixture.means, mixture.covariances
    if means.ndim != 2 or weights.shape != means.shape[:1]:
        raise ValueError(f"weights {weights.shape} and means {means.shape} need (k,) and (k, d)")
    if covariances.shape != (*means.shape, means.shape[1]):
        raise ValueError(f"covariances have shape {covariances.shape}, not (k, d, d)")
    if not all(np.isfinite(part).all() for part in (weights, means, covariances)):
        raise ValueError("the starting parameters hold a value that is not finite")
    if (weights < 0).any() or abs(weights.sum() - 1) > 1e-8:
        raise ValueError(f"weights must be non-negative and sum to 1, not {weights}")
    if not np.allclose(covariances, covariances.transpose(0, 2, 1), rtol=1e-8, atol=0):
        raise ValueError("a starting covariance is not symmetric")


def factors(mixture: Mixture, scale: Array | None = None) -> Array:
    """Cholesky factors L with Σ = L Lᵀ of each component, refusing a collapsed one.

    L[j, j]² is the variance of feature j given the features before it. With `scale` (see
    `variances`), a component is degenerate where that falls below 1e-12 of it, a millionth of
    the data's spread: whatever the units, rounding is about to take over.

    Shapes: -> (k, d, d). Raises: `DegenerateComponentError`.
    """
    if mixture.roots is not None:
        return mixture.roots
    try:
        result = np.linalg.cholesky(mixture.covariances)
    except np.linalg.LinAlgError:
        j = next(j for j, covariance in enumerate(mixture.covariances) if not _definite(covariance))
        raise DegenerateComponentError(j, "its covariance is not positive definite") from None
    if scale is not None:
        with np.errstate(divide="ignore"):  # a constant feature has no scale to fall below
            shares = (np.diagonal(result, axis1=1, axis2=2) ** 2 / scale).min(axis=1)  # (k,)
        if shares.min() < 1e-12:
            j = int(np.argmin(shares))
            reason = f"its conditional variance is {shares[j]:.1e} of the data's, which is rounding"
            raise DegenerateComponentError(j, reason)
    return np.asarray(result)


def variances(x: Array) -> Array:
    """The data's variance by feature, but at least what rounding makes of equal numbers.

    A constant feature far from 0 has a computed variance, by the rounding of its mean: about
    n (ε a)² for n values of size a. `factors` compares with 1e-12 of what is returned here.

    Shapes: x (n, d) -> (d,), in squared data units.
    """
    rounding = len(x) * (np.finfo(np.float64).eps * np.abs(x).max(axis=0)) ** 2
    return np.asarray(np.maximum(x.var(axis=0), 1e12 * rounding))


def _definite(covariance: Array) -> bool:
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return False
    return True


def ellipse(mean: Array, covariance: Array, radius: float = 1.0, points: int = 100) -> Array:
    """The contour of a 2-D Gaussian `radius` standard deviations out. Shapes: -> (points, 2)."""
    angles = np.linspace(0.0, 2 * np.pi, points)
    circle = np.stack([np.cos(angles), np.sin(angles)])  # (2, points)
    return np.asarray((mean[:, None] + radius * np.linalg.cholesky(covariance) @ circle).T)


def matching(means: Array, reference: Array) -> NDArray[np.int64]:
    """The order of components that brings their means closest to `reference` (sum of squares).

    A likelihood does not know the names of its components; plots and comparisons need one naming.
    Tries all k! orders, so k ≤ 8. Shapes: (k, d), (k, d) -> (k,).
    """
    k = len(means)
    if k > 8:
        raise ValueError(f"matching tries all orders of k components; {k} are too many (k ≤ 8)")
    if means.shape != reference.shape:
        raise ValueError(f"means {means.shape} cannot match a reference {reference.shape}")
    cost = ((means[:, None] - reference[None]) ** 2).sum(axis=2)  # (k, k)
    columns = np.arange(k)
    best = min(permutations(range(k)), key=lambda order: float(cost[list(order), columns].sum()))
    return np.array(best)
