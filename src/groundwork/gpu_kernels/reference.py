"""The plain PyTorch twins: what each kernel computes, written as one would on paper.

They run in any dtype, so in float64 they are the oracles, and on a GPU the unfused rivals.
"""

import torch
from torch import Tensor


def softmax(x: Tensor) -> Tensor:
    """Softmax of the last axis in five unfused steps; a row of −inf alone gives zeros.

    Shapes: x (..., n) → (..., n).
    """
    highest = x.amax(dim=-1, keepdim=True)
    shifted = x - torch.where(highest == -torch.inf, 0.0, highest)
    power = shifted.exp()
    total = power.sum(dim=-1, keepdim=True)
    return power / torch.where(total == 0, 1.0, total)


def attention(
    q: Tensor, k: Tensor, v: Tensor, causal: bool = False, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """softmax(q kᵀ · scale) v with the whole N × M matrix, and ln Σ exp(scores).

    Shapes: q (B, H, N, D), k and v (B, H, M, D) → (B, H, N, D), (B, H, N). Query i sees keys up to
    i + M − N where causal; one that sees none gives 0 and −inf.
    """
    N, M, D = q.shape[2], k.shape[2], q.shape[3]
    score = q @ k.transpose(-1, -2) * (D**-0.5 if scale is None else scale)  # (B, H, N, M)
    if causal:
        seen = torch.ones(N, M, dtype=torch.bool, device=q.device).tril(M - N)
        score = score.masked_fill(~seen, -torch.inf)
    return softmax(score) @ v, torch.logsumexp(score, dim=-1)


def layer_norm(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    residual: Tensor | None = None,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """The layer norm of h = x + residual, and h. Shapes: (..., n), (n) → (..., n) twice."""
    h = x if residual is None else x + residual
    centred = h - h.mean(dim=-1, keepdim=True)
    y = centred / (centred.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight
    return (y if bias is None else y + bias), h


def rms_norm(
    x: Tensor, weight: Tensor, residual: Tensor | None = None, eps: float = 1e-6
) -> tuple[Tensor, Tensor]:
    """The RMS norm of h = x + residual, and h. Shapes: (..., n), (n) → (..., n) twice."""
    h = x if residual is None else x + residual
    return h / (h.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight, h
