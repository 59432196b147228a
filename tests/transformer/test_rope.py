"""Rotary embedding: the complex product, its real twin, and the property it exists for."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.transformer import checks
from groundwork.transformer.model import rotate, rotations


@settings(max_examples=30, deadline=None)
@given(half=st.integers(1, 32), tokens=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_complex_product_equals_its_real_twin(half: int, tokens: int, seed: int) -> None:
    assert checks.rope_twin_error(2 * half, tokens, seed) <= 1e-13


@settings(max_examples=30, deadline=None)
@given(
    half=st.integers(1, 32),
    shifts=st.lists(st.integers(-500, 500), min_size=1, max_size=4),
    seed=st.integers(0, 10**6),
)
def test_scores_depend_on_the_distance_alone(half: int, shifts: list[int], seed: int) -> None:
    """Checks Proposition prp-relative."""
    assert checks.rope_shift_error(2 * half, shifts, seed) <= 1e-10


def test_rotation_keeps_lengths_and_position_zero_untouched() -> None:
    x = torch.randn(2, 3, 9, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turned = rotate(x, rotations(torch.arange(9), 8))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[..., 0, :], x[..., 0, :])
    assert not torch.allclose(turned[..., 1, :], x[..., 1, :])


def test_frequencies_are_those_of_the_paper() -> None:
    """θ_j = 10000^(-2j/D): one radian a token for the first pair, then geometrically slower."""
    angles = rotations(torch.tensor([1]), 8).angle()[0]
    expected = torch.tensor([10_000.0 ** (-2 * j / 8) for j in range(4)], dtype=torch.float64)
    torch.testing.assert_close(angles, expected)


def test_half_split_layout_is_a_permutation_of_the_interleaved_one() -> None:
    """Pairs (j, j + D/2), as in other codebases, after moving the channels of the weights."""
    size, tokens = 8, 6
    x = torch.randn(tokens, size, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    rotation = rotations(torch.arange(tokens), size)
    order = torch.cat([torch.arange(0, size, 2), torch.arange(1, size, 2)])
    first, second = x[:, order].chunk(2, dim=-1)
    cosine, sine = rotation.real, rotation.imag
    split = torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
    torch.testing.assert_close(rotate(x, rotation)[:, order], split)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened_not_refused(kind: torch.dtype) -> None:
    x = torch.randn(4, 8, generator=torch.Generator().manual_seed(3))
    rotation = rotations(torch.arange(4), 8).to(torch.complex64)
    turned = rotate(x.to(kind), rotation)
    assert turned.dtype == kind
    exact = rotate(x.to(kind).float(), rotation)
    torch.testing.assert_close(turned.float(), exact, rtol=torch.finfo(kind).eps, atol=1e-6)
