"""Muon: momentum whose matrices are made orthogonal before they are taken as steps.

A gradient's matrix has a few large singular values, and plain momentum moves along their directions
alone. Muon sets all singular values to about 1, so that rare directions are learned as fast. The
diffusion room's network comes to a loss in about half of the updates that AdamW takes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

# p(x) = a·x + b·x³ + c·x⁵ takes singular values in (0, 1] to within about 0.7 … 1.2 in five rounds.
POLYNOMIAL, ROUNDS = (3.4445, -4.7750, 2.0315), 5


def orthogonalized(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Each matrix U Σ Vᵀ with its singular values moved to about 1, by an odd polynomial's rounds.

    p(X) = (a + b·XXᵀ + c·(XXᵀ)²) X, so that all rounds can be taken on Gram matrices, which are
    small and of few sizes, and one product with X is left.
    Shapes: each (R, C); returns the same.
    Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024).
    Checked by: tests/diffusion/test_muon.py (torch.optim.Muon; singular values).
    """
    a, b, c = POLYNOMIAL
    wide = [x if x.shape[0] <= x.shape[1] else x.mT for x in matrices]
    sizes: dict[int, list[int]] = defaultdict(list)
    for i, x in enumerate(wide):
        sizes[len(x)].append(i)
    found = list(matrices)
    for rows, members in sizes.items():
        gram = torch.stack([wide[i] @ wide[i].mT for i in members])  # (M, R, R)
        length = gram.diagonal(dim1=1, dim2=2).sum(1).sqrt().clamp(min=1e-7)[:, None, None]
        gram = gram / length**2
        first = a * torch.eye(rows, dtype=gram.dtype, device=gram.device)
        product = torch.baddbmm(gram, gram, gram, beta=b, alpha=c) + first
        factor = product
        for _ in range(ROUNDS - 1):
            gram = factor @ gram @ factor
            factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c) + first
            product = factor @ product
        product = product / length
        for i, left in zip(members, product, strict=True):
            x = left @ wide[i]
            found[i] = x if matrices[i].shape[0] <= matrices[i].shape[1] else x.mT
    return found


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, for matrices and kernels of convolutions.

    A kernel (out, in, h, w) is taken as a matrix (out, in·h·w). Steps of tall matrices are longer by
    √(rows / columns), so that one rate serves all shapes.
    Differs: `torch.optim.Muon` takes matrices alone, and multiplies in bfloat16, which a processor
    without units for it does twelve times more slowly than float32 (PyTorch 2.13).
    Source: Jordan et al. (2024).
    Raises: `ValueError` for a parameter of fewer than two dimensions.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})
        if any(p.dim() < 2 for group in self.param_groups for p in group["params"]):
            raise ValueError("Muon takes matrices; give vectors to another optimizer")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One update from the parameters' gradients."""
        if closure is not None:
            raise ValueError("Muon takes no closure: compute gradients first")
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            directions = []
            for p in moved:
                average = self.state[p].setdefault("average", torch.zeros_like(p))
                average.lerp_(p.grad, 1 - group["momentum"])
                directions.append(p.grad.lerp(average, group["momentum"]).flatten(1))
            for p, direction in zip(moved, orthogonalized(directions), strict=True):
                rows, columns = direction.shape
                rate = group["lr"] * max(1.0, rows / columns) ** 0.5
                p.add_(direction.view(p.shape), alpha=-rate)
