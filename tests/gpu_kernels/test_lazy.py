"""Tensors whose memory is not their value, and empty ones: results and gradients as PyTorch's."""

import pytest
import torch
from torch import Tensor

from groundwork.gpu_kernels import flash_attention, layer_norm, reference, rms_norm, softmax


def lazy(x: Tensor) -> Tensor:
    """`x`, held in memory with the opposite sign (every second number, too)."""
    negated = torch.complex(torch.zeros_like(x), -x).conj().imag
    assert negated.is_neg()
    return negated


x, w, b = torch.randn(3, 8), torch.randn(8), torch.randn(8)
q = torch.randn(1, 1, 5, 16)
CALLS = {
    "softmax": (softmax, reference.softmax, (x,)),
    "layer_norm": (layer_norm, lambda *a: reference.layer_norm(*a)[0], (x, w, b)),
    "layer_norm with residual": (
        lambda *a: layer_norm(*a)[1],
        lambda *a: reference.layer_norm(*a)[1],
        (x, w, b, x + 1),
    ),
    "rms_norm": (rms_norm, lambda *a: reference.rms_norm(*a)[0], (x, w)),
    "flash_attention": (flash_attention, lambda *a: reference.attention(*a)[0], (q, q + 1, q - 1)),
}


@pytest.mark.parametrize("name", CALLS)
def test_lazily_negated_operands_and_gradients(name: str) -> None:
    function, twin, operands = CALLS[name]
    found, right = ([lazy(x).requires_grad_() for x in operands] for _ in range(2))
    out, expected = function(*found), twin(*right)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)
    slope = torch.randn_like(expected)
    grads = torch.autograd.grad(out, found, lazy(slope), allow_unused=True)
    twins = torch.autograd.grad(expected, right, slope, allow_unused=True)
    for mine, theirs in zip(grads, twins, strict=True):
        if theirs is not None:
            torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["softmax", "layer_norm", "layer_norm with residual", "rms_norm"])
def test_empty_inputs_are_differentiable(name: str) -> None:
    function, _, operands = CALLS[name]
    leaves = [(x[:0] if x.dim() == 2 else x).clone().requires_grad_() for x in operands]
    out = function(*leaves)
    assert out.shape == (0, 8)
    out.sum().backward()
    assert leaves[0].grad is not None
    assert leaves[0].grad.shape == (0, 8)
