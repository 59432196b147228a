"""FlashAttention against float64: odd and unequal lengths, masks, strides, log-sum-exp, gradients."""

import pytest
import torch

from groundwork.gpu_kernels import flash_attention, reference
from groundwork.gpu_kernels.arguments import precision
from groundwork.gpu_kernels.checks import ALLOWED, DTYPES, attention_errors, error
from groundwork.gpu_kernels.outputs import blank, poisoned

CASES = [
    ((1, 1), 16, False),
    ((37, 37), 64, True),
    ((37, 70), 64, False),
    ((33, 50), 32, True),
    ((50, 33), 64, True),  # the first 17 queries see no key
    ((20, 49), 128, True),
    ((49, 20), 128, False),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("tokens", "size", "causal"), CASES)
def test_outputs_and_gradients_equal_float64(tokens, size, causal, dtype) -> None:
    found = attention_errors(tokens, size, causal, DTYPES[dtype], seed=5)
    assert max(found.values()) <= ALLOWED[dtype]


def test_queries_without_keys_give_zero_and_minus_infinity() -> None:
    q, k, v = (torch.randn(1, 1, n, 16) for n in (5, 3, 3))
    out, lse = flash_attention(q, k, v, causal=True, return_lse=True)
    assert torch.equal(out[..., :2, :], torch.zeros(1, 1, 2, 16))
    assert (lse[..., :2] == -torch.inf).all()
    assert lse[..., 2:].isfinite().all()
    none = torch.empty(1, 1, 0, 16)
    out, lse = flash_attention(q, none, none, return_lse=True)
    assert not out.any()
    assert (lse == -torch.inf).all()


def test_nothing_in_nothing_out() -> None:
    q, k = torch.empty(2, 3, 0, 32), torch.randn(2, 3, 4, 32)
    assert flash_attention(q, k, k).shape == (2, 3, 0, 32)


def test_layout_of_tokens_before_heads_and_expanded_heads() -> None:
    """As a transformer hands them over: (B, N, H, D) transposed, and one key head for all."""
    q = torch.randn(2, 19, 3, 32).transpose(1, 2)
    k = torch.randn(2, 1, 23, 32).expand(2, 3, 23, 32)
    v = torch.randn(2, 3, 32, 23).transpose(2, 3)
    out, exact = flash_attention(q, k, v), reference.attention(q.double(), k.double(), v.double())
    assert error(out, exact[0], torch.float32) <= ALLOWED["float32"]


def test_a_given_scale_and_the_result_of_sdpa() -> None:
    q, k, v = (torch.randn(1, 2, 40, 64) for _ in range(3))
    for causal in (False, True):
        # In float64: PyTorch's own rounding in float32 reaches 3.2e-6 over many draws.
        peer = torch.nn.functional.scaled_dot_product_attention(
            q.double(), k.double(), v.double(), is_causal=causal, scale=0.3
        )
        assert torch.allclose(flash_attention(q, k, v, causal, 0.3), peer.float(), atol=2e-6)


def test_scores_far_beyond_the_exponents_range() -> None:
    q, k, v = (100 * torch.randn(1, 1, 30, 32) for _ in range(3))
    assert flash_attention(q, k, v).isfinite().all()


def test_scores_stay_in_memory_of_order_n() -> None:
    """What the wrapper allocates, counted: output and log-sum-exp, and nothing of N²."""
    import groundwork.gpu_kernels.outputs as outputs

    q, k, v = (torch.randn(1, 1, 64, 16) for _ in range(3))
    with poisoned():
        flash_attention(q, k, v)
        held = sum(b.numel() - 2 * outputs.GUARD for b in outputs._buffers)
    assert held == 64 * 16 + 64
    assert blank((2,), torch.float32, q.device).shape == (2,)


def test_float32_is_not_rounded_to_tf32_unless_pytorch_may() -> None:
    """The trap: Triton's default would keep 10 fraction bits without a word."""
    assert precision(torch.float32) == "ieee"
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("high")
        assert precision(torch.float32) == "tf32"
        assert precision(torch.float16) == "ieee"
    finally:
        torch.set_float32_matmul_precision(before)
