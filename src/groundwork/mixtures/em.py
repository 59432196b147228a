"""Expectation-maximization as a sequence one can watch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundwork.mixtures.density import e_step
from groundwork.mixtures.maximize import FloorRule, floored, m_step
from groundwork.mixtures.parameters import Mixture, variances

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Iteration:
    """Parameters, the responsibilities *at those parameters*, and what they score (in nats).

    `log_likelihood` is the plain Σᵢ log p(xᵢ); `objective` what this variant of EM ascends. They
    are equal but for the rule "noise", whose objective holds the penalty.
    """

    mixture: Mixture
    responsibilities: Array
    log_likelihood: float
    objective: float


def iterate(
    x: Array, start: Mixture, *, floor: float = 0.0, rule: FloorRule = "clip"
) -> Iterator[Iteration]:
    """Yield the start, then EM's iterates without end: E-step, M-step, E-step, …

    Under the rule "clip" the start's own covariances are clipped first: monotonicity holds among
    parameters that obey the floor, so the first must obey it too.

    Raises: `DegenerateComponentError` where a component collapses and no floor holds it.
    Checked by: tests/mixtures/test_monotone.py (random starts), test_model.py (scikit-learn).
    """
    noise = floor if rule == "noise" else 0.0
    scale = None if floor else variances(x)
    mixture = start
    if rule == "clip":
        mixture = Mixture(start.weights, start.means, *floored(start.covariances, floor, rule))
    while True:
        responsibilities, objective = e_step(x, mixture, noise=noise, scale=scale)
        plain = e_step(x, mixture)[1] if noise else objective
        yield Iteration(mixture, responsibilities, plain, objective)
        mixture = m_step(x, responsibilities, mixture, floor=floor, rule=rule)
