"""The causal mask, by its effect: what comes later changes no earlier bit."""

import torch

from groundwork.transformer import checks
from groundwork.transformer.model import GPT, GPTConfig, causal_mask


def test_a_changed_future_leaves_every_past_logit_bit_equal(single: GPT) -> None:
    """Checks Proposition prp-causal."""
    assert checks.future_leak(single, checks.random_ids(single, 2, 16, 5)) == 0


def test_the_same_at_laptop_size() -> None:
    torch.manual_seed(1)
    model = GPT(GPTConfig(vocabulary=65, context=64, layers=4, heads=4, width=128, hidden=344))
    assert checks.future_leak(model, checks.random_ids(model, 1, 64, 6)) == 0


def test_a_changed_present_is_seen(single: GPT) -> None:
    """The check above could pass on a model that sees nothing at all."""
    ids = checks.random_ids(single, 1, 16, 7)
    other = ids.clone()
    other[0, 3] = (other[0, 3] + 1) % 11
    moved = (single(ids) != single(other)).any(dim=-1)[0]
    assert not moved[:3].any()
    assert moved[3:].all()


def test_mask_with_a_cache_places_queries_last() -> None:
    expected = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]], dtype=torch.bool)
    assert torch.equal(causal_mask(2, 4), expected)
    assert torch.equal(causal_mask(3, 3), torch.ones(3, 3).tril().bool())
