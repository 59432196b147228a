"""Softmax against float64: odd shapes, every dtype, any stride, masked rows, poisoned outputs."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.gpu_kernels import reference, softmax
from groundwork.gpu_kernels.backend import INTERPRETED
from groundwork.gpu_kernels.checks import ALLOWED, DTYPES, error, softmax_errors
from groundwork.gpu_kernels.launch import captured
from groundwork.gpu_kernels.outputs import poisoned
from groundwork.gpu_kernels.softmax import ONE_PASS


def kernels(x: torch.Tensor) -> list[str]:
    with captured() as calls:
        softmax(x)
    return [call.launcher.kernel.__name__ for call in calls]


def test_these_tests_run_in_the_interpreter() -> None:
    assert INTERPRETED


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (65, 7), (67, 33), (5, 257), (3, 1823)])
def test_forward_and_backward_equal_float64(shape: tuple[int, int], dtype: str) -> None:
    found = softmax_errors(*shape, DTYPES[dtype], seed=1)
    assert max(found.values()) <= ALLOWED[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_row_beyond_the_chip_takes_the_online_kernel(dtype: str) -> None:
    assert kernels(torch.zeros(2, ONE_PASS)) == ["_one_pass"]
    assert kernels(torch.zeros(2, ONE_PASS + 1)) == ["_online"]
    found = softmax_errors(2, ONE_PASS + 1, DTYPES[dtype], seed=2)
    assert max(found.values()) <= ALLOWED[dtype]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 70), st.sampled_from(sorted(DTYPES)), st.integers(0, 99))
def test_any_size_equals_float64(rows: int, columns: int, dtype: str, seed: int) -> None:
    assert softmax_errors(rows, columns, DTYPES[dtype], seed)["forward"] <= ALLOWED[dtype]


VIEWS = {
    "transposed": lambda x: x.T,
    "every third column": lambda x: x[:, ::3],
    "every second row": lambda x: x[::2],
    "one row expanded": lambda x: x[:1].expand(9, -1),
    "one column expanded": lambda x: x[:, :1].expand(-1, 5),
    "axes that cannot merge": lambda x: x.view(6, 2, 21).transpose(0, 1)[:, :, ::2],
    "a vector": lambda x: x[3],
}


@pytest.mark.parametrize("name", VIEWS)
def test_any_stride(name: str) -> None:
    x = torch.randn(12, 21, generator=torch.Generator().manual_seed(3))
    view = VIEWS[name](x)
    with poisoned():
        y = softmax(view)
        assert error(y, reference.softmax(view.double()), x.dtype) <= ALLOWED["float32"]
    assert y.shape == view.shape
    assert y.is_contiguous()


def test_a_gradient_of_any_stride() -> None:
    x = torch.randn(6, 10, requires_grad=True)
    softmax(x).sum().backward()  # an expanded gradient: strides 0
    assert x.grad is not None
    assert x.grad.abs().max() < 1e-6


def test_rows_with_nothing_to_weigh_and_rows_with_infinities() -> None:
    inf, nan = torch.inf, torch.nan
    x = torch.tensor([[-inf, -inf, -inf], [-inf, 0, -inf], [inf, 0, 0], [nan, 0, 0]])
    y = softmax(x)
    assert torch.equal(y[0], torch.zeros(3))
    assert torch.equal(y[1], torch.tensor([0.0, 1.0, 0.0]))
    assert y[2:].isnan().all()
    assert torch.softmax(x, -1)[2:].isnan().all(), "PyTorch agrees on these two"


def test_large_and_tiny_entries_neither_overflow_nor_vanish() -> None:
    x = torch.tensor([[1e4, 1e4 - 1, -1e4], [-3e38, -3e38, -3e38]])
    assert torch.allclose(softmax(x), torch.softmax(x, -1), atol=1e-7)
    wide = torch.full((1, ONE_PASS + 9), 1e4)
    assert torch.allclose(softmax(wide).sum(), torch.tensor(1.0), atol=1e-4)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (2, 0, 3)])
def test_nothing_in_nothing_out(shape: tuple[int, ...]) -> None:
    assert softmax(torch.empty(shape)).shape == shape


def test_the_second_derivative_is_refused() -> None:
    x = torch.randn(2, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(softmax(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def _state(scores: list[float], values: list[float]) -> tuple[float, float, float]:
    """(m, s, o) of a family by its definition."""
    top = max(scores, default=-math.inf)
    powers = [math.exp(x - top) for x in scores]
    return top, sum(powers), sum(p * v for p, v in zip(powers, values, strict=True))


def _merge(one: tuple[float, ...], two: tuple[float, ...]) -> tuple[float, ...]:
    """The rule of the report's equation: rescale both to the larger maximum, then add."""
    top = max(one[0], two[0])
    a, b = (0.0 if m == -math.inf else math.exp(m - top) for m in (one[0], two[0]))
    return top, a * one[1] + b * two[1], a * one[2] + b * two[2]


FAMILY = st.lists(st.tuples(st.floats(-700, 700), st.floats(-9, 9)), max_size=9)


@settings(max_examples=200, deadline=None)
@given(FAMILY, FAMILY)
def test_merging_two_states_gives_that_of_the_union(one, two) -> None:
    """thm-monoid: exact up to rounding, the empty family included, and 1 ≤ s ≤ the count."""
    states = [_state([x for x, _ in f], [v for _, v in f]) for f in (one, two, one + two)]
    assert _merge(states[0], states[1]) == pytest.approx(states[2], rel=1e-12, abs=1e-12)
    assert _merge(states[1], states[0]) == pytest.approx(states[2], rel=1e-12, abs=1e-12)
    assert (1 <= states[2][1] <= len(one + two) + 1e-9) == bool(one + two)
