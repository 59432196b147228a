"""The model without ReLU, y = W Wᵀx + b, trained on the exact expected loss."""

import numpy as np
import torch
from numpy.typing import NDArray

from groundwork.reproduction.model import Superposition
from groundwork.reproduction.theory import variances


def expected_loss(model: Superposition, probabilities: torch.Tensor) -> torch.Tensor:
    """E |W Wᵀx + b - x|² over independent features, without sampling.

    With A = W Wᵀ - I: Σ_j Var(x_j) |A_j|² + |A E x + b|², A_j the columns; |A_j|² comes from m × m
    matrices alone.
    """
    W, b = model.W, model.b  # (n, m), (n,)
    gram = W.T @ W  # (m, m)
    norms = W.square().sum(1)  # (n,): A_jj + 1
    columns = ((W @ gram) * W).sum(1) - 2 * norms + 1  # (n,)
    mean = W @ (W.T @ probabilities) - probabilities + b  # (n,), as E v = 1
    spread = torch.as_tensor(variances(probabilities.numpy()))
    return (spread * columns).sum() + mean.square().sum()


def train(probabilities: NDArray[np.float64], width: int, steps: int, seed: int) -> float:
    """The least expected loss that L-BFGS finds from random weights, in float64."""
    rng = np.random.default_rng([seed, width])
    weights = rng.standard_normal((len(probabilities), width)) / np.sqrt(len(probabilities))
    model = Superposition(weights, probabilities)
    p = torch.as_tensor(probabilities)
    solver = torch.optim.LBFGS(
        model.parameters(), max_iter=steps, history_size=20, line_search_fn="strong_wolfe",
        tolerance_grad=1e-10, tolerance_change=1e-14,
    )  # fmt: skip

    def closure() -> torch.Tensor:
        solver.zero_grad()
        loss = expected_loss(model, p)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return float(expected_loss(model, p))
