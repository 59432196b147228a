"""Adapters: nothing at first, the merged matrix after, gradients of the whole matrix's."""

import pytest
import torch

from groundwork.alignment import lora
from groundwork.alignment.model import Linear, Llama

from .conftest import SMALL, adapted, some_ids


def test_a_fresh_adapter_changes_nothing_and_sits_in_the_upper_layers_alone(small: Llama) -> None:
    ids = some_ids(2, 7)
    before = small(ids)
    trained = lora.attach(small, rank=3, scale=2.0, first=1, seed=0)
    assert torch.equal(small(ids), before)
    assert len(trained) == 2 * 7 * 2
    assert not [name for name in lora.weights(small) if name.startswith("layers.0.")]


def test_merging_keeps_the_function(small: Llama) -> None:
    ids = some_ids(2, 7)
    adapted(small)
    apart = small(ids)
    lora.merge(small)
    assert lora.weights(small) == {}
    assert (small(ids) - apart).abs().max() <= 1e-12


def test_saved_adapters_load_into_another_copy_and_others_are_removed(small: Llama) -> None:
    ids = some_ids(1, 7)
    before = small(ids)
    adapted(small)
    after, saved = small(ids), lora.weights(small)
    lora.load(small, {})
    assert torch.equal(small(ids), before)
    lora.load(small, saved)
    assert (small(ids) - after).abs().max() <= 1e-12


def test_gradients_are_those_of_the_whole_matrix_projected() -> None:
    generator = torch.Generator().manual_seed(0)
    part = Linear(6, 5).double()
    x = torch.randn(9, 6, generator=generator, dtype=torch.float64)
    weight = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    a, b = torch.randn(2, 6, generator=generator), torch.randn(5, 2, generator=generator)
    part.a, part.b = (torch.nn.Parameter(value.double()) for value in (a, b))
    part.scale = 1.5
    part.weight = torch.nn.Parameter(weight, requires_grad=False)
    part(x).square().sum().backward()
    whole = (weight + 1.5 * part.b @ part.a).detach().requires_grad_()
    (x @ whole.T).square().sum().backward()
    assert torch.allclose(part.a.grad, 1.5 * part.b.T @ whole.grad)
    assert torch.allclose(part.b.grad, 1.5 * whole.grad @ part.a.T)


def test_switching_off_ends_with_the_block_also_after_an_error(small: Llama) -> None:
    ids = some_ids(1, 5)
    adapted(small)
    after = small(ids)
    with pytest.raises(KeyError), lora.switched_off(small):
        raise KeyError
    assert torch.equal(small(ids), after)


def test_an_impossible_rank_or_layer_is_refused(small: Llama) -> None:
    with pytest.raises(ValueError, match="rank"):
        lora.attach(small, rank=0, scale=1.0, first=0, seed=0)
    with pytest.raises(ValueError, match="there is no layer 3"):
        lora.attach(small, rank=1, scale=1.0, first=SMALL.layers, seed=0)
