"""Layer norm and RMS norm, with and without residual, against float64."""

import pytest
import torch

from groundwork.gpu_kernels import layer_norm, rms_norm
from groundwork.gpu_kernels.checks import ALLOWED, DTYPES, norm_errors
from groundwork.gpu_kernels.layer_norm import LONGEST


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 3), (7, 5), (19, 100), (3, 1823)])
@pytest.mark.parametrize("kind", ["layer_norm", "rms_norm"])
def test_forward_and_backward_equal_float64(kind: str, shape: tuple[int, int], dtype: str) -> None:
    assert max(norm_errors(kind, *shape, DTYPES[dtype], seed=7).values()) <= ALLOWED[dtype]


def test_equal_to_pytorchs_own() -> None:
    x, weight, bias = torch.randn(4, 6, 50), torch.randn(50), torch.randn(50)
    functional = torch.nn.functional
    peer = functional.layer_norm(x, (50,), weight, bias)
    assert torch.allclose(layer_norm(x, weight, bias), peer, atol=2e-6)
    peer = functional.rms_norm(x, (50,), weight, eps=1e-6)
    assert torch.allclose(rms_norm(x, weight), peer, atol=2e-6)


def test_a_row_of_equal_entries_and_one_of_zeros_stay_finite() -> None:
    x = torch.stack([torch.full((9,), 3.0), torch.zeros(9)])
    assert torch.equal(layer_norm(x, torch.ones(9)), torch.zeros(2, 9))
    assert rms_norm(x, torch.ones(9))[1].eq(0).all()


def test_a_large_mean_does_not_eat_the_variance() -> None:
    x = 1e4 + torch.randn(3, 64, generator=torch.Generator().manual_seed(1))
    exact = torch.nn.functional.layer_norm(x.double(), (64,))
    assert (layer_norm(x, torch.ones(64)) - exact).abs().max() < 1e-3


def test_a_single_entry_is_its_own_norm() -> None:
    assert torch.allclose(rms_norm(torch.tensor([[-3.0]]), torch.ones(1)), torch.tensor([[-1.0]]))


def test_strided_inputs_and_wide_weights() -> None:
    x, residual = torch.randn(20, 6).T, torch.randn(6, 40)[:, ::2]
    y, h = rms_norm(x.bfloat16(), torch.ones(20), residual=residual.bfloat16())
    exact = x.bfloat16().double() + residual.bfloat16().double()
    assert ((h - exact).abs() <= exact.abs() * 2**-7).all()  # the interpreter cuts off, see ALLOWED
    assert y.dtype == torch.bfloat16


def test_nothing_in_nothing_out_and_a_row_too_long() -> None:
    assert layer_norm(torch.empty(0, 4), torch.ones(4)).shape == (0, 4)
    with pytest.raises(ValueError, match=f"holds {LONGEST}"):
        layer_norm(torch.empty(1, LONGEST + 1), torch.ones(LONGEST + 1))
