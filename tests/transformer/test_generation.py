"""Generation: filters against a plain loop, seeds, and the cache against reading everything."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.transformer import checks
from groundwork.transformer.generation import choose, filter_logits, generate
from groundwork.transformer.model import GPT


def kept_by_hand(logits: list[float], temperature: float, k: int | None, p: float | None) -> dict:
    """The oracle: sort, cut, normalise, cut again, with Python floats."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))[:k]
    weights = {i: math.exp((logits[i] - max(logits)) / temperature) for i in order}
    total = sum(weights.values())
    if p is not None:
        kept, mass = [], 0.0
        for i in order:
            if kept and mass >= p:
                break
            kept.append(i)
            mass += weights[i] / total
        weights = {i: weights[i] for i in kept}
        total = sum(weights.values())
    return {i: weight / total for i, weight in weights.items()}


@settings(max_examples=150, deadline=None)
@given(
    logits=st.lists(st.integers(-40, 40).map(lambda x: x / 7), min_size=1, max_size=12),
    temperature=st.sampled_from([0.3, 0.8, 1.0, 2.5]),
    k=st.none() | st.integers(1, 15),
    p=st.none() | st.sampled_from([0.07, 0.31, 0.613, 0.9, 1.0]),
)
def test_filters_equal_a_plain_loop(
    logits: list[float], temperature: float, k: int | None, p: float | None
) -> None:
    row = torch.tensor([logits], dtype=torch.float64)
    kept = filter_logits(row, temperature=temperature, top_k=k, top_p=p).softmax(-1)[0]
    expected = torch.zeros(len(logits), dtype=torch.float64)
    for index, share in kept_by_hand(logits, temperature, k, p).items():
        expected[index] = share
    if p == 1.0:  # a mass that rounds to 1 early may cut what is smaller than rounding
        torch.testing.assert_close(kept, expected, atol=1e-9, rtol=0)
    else:
        torch.testing.assert_close(kept, expected)


def test_draws_follow_the_distribution() -> None:
    """100,000 draws against the exact probabilities: χ² with 3 degrees of freedom below 16.27."""
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0, -9.0]]).expand(100_000, -1)
    generator = torch.Generator().manual_seed(0)
    drawn = choose(logits, generator, temperature=0.7, top_k=4).flatten()
    expected = filter_logits(logits[:1], temperature=0.7, top_k=4).softmax(-1)[0][:4] * 100_000
    counts = drawn.bincount(minlength=5)
    assert counts[4] == 0
    assert float(((counts[:4] - expected) ** 2 / expected).sum()) < 16.27


@pytest.mark.parametrize("tokens", [8, 60])
@pytest.mark.parametrize("options", [{"temperature": 0}, {"top_k": 5, "seed": 3}, {"top_p": 0.8}])
def test_cached_text_equals_uncached_text(small: GPT, tokens: int, options: dict) -> None:
    """Also far beyond the context of 16, where the window is cut and read anew."""
    prompt = checks.random_ids(small, 2, 5, 8)
    cached = generate(small, prompt, tokens, **options)
    assert torch.equal(cached, generate(small, prompt, tokens, cached=False, **options))
    assert cached.shape == (2, 5 + tokens)
    assert torch.equal(cached[:, :5], prompt)


def test_greedy_text_equals_taking_the_argmax_by_hand(small: GPT) -> None:
    text = [1, 2, 3]
    for _ in range(10):
        text.append(int(small(torch.tensor([text]))[0, -1].argmax()))
    assert generate(small, [1, 2, 3], 10, temperature=0).tolist() == text
    assert generate(small, [1, 2, 3], 10, top_k=1).tolist() == text


def test_seeds_fix_the_text(small: GPT) -> None:
    one, same, other = (generate(small, [1], 30, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_prompt_longer_than_the_context_is_read_from_its_end(small: GPT) -> None:
    long = checks.random_ids(small, 1, 40, 9)
    drawn = generate(small, long, 5, temperature=0)
    assert torch.equal(drawn[:, -5:], generate(small, long[:, -16:], 5, temperature=0)[:, -5:])


@pytest.mark.parametrize(
    ("options", "word"),
    [({"temperature": -1.0}, "temperature"), ({"top_k": 0}, "top_k"), ({"top_p": 0.0}, "top_p")],
)
def test_impossible_options_are_refused(small: GPT, options: dict, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        generate(small, [1], 1, **options)


def test_an_empty_prompt_is_refused(small: GPT) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        generate(small, [], 1)
