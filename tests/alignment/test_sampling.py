"""Sampling against one prompt at a time without a cache, and KL against all answers enumerated."""

from itertools import product

import pytest
import torch

from groundwork.alignment import lora, sampling
from groundwork.alignment.chat import Rows
from groundwork.alignment.divergence import divergence, perplexity
from groundwork.alignment.model import Llama, LlamaConfig

from .conftest import adapted, some_ids, spread

PROMPTS = [[3, 4, 5], [6], [7, 8, 9, 10, 11]]
TINY = LlamaConfig(
    vocabulary=4, context=8, layers=2, heads=2, kv_heads=1, width=8, hidden=8, rope_base=100.0, epsilon=1e-5
)  # fmt: skip


def greedy(model: Llama, prompt: list[int], length: int, end: int) -> list[int]:
    """The likeliest tokens, the whole sequence read anew at each."""
    answer: list[int] = []
    while len(answer) < length and (not answer or answer[-1] != end):
        answer.append(int(model(torch.tensor([prompt + answer]))[0, -1].argmax()))
    return answer


def test_padded_cached_answers_equal_one_prompt_at_a_time(small: Llama) -> None:
    for end in range(6):
        found = sampling.sample(small, PROMPTS, 9, end=end, seed=0, temperature=0)
        assert found == [greedy(small, prompt, 9, end) for prompt in PROMPTS]


def test_the_seed_decides_and_frequencies_are_the_networks(small: Llama) -> None:
    draws = sampling.sample(small, [[3, 4]] * 3000, 1, end=0, seed=5)
    assert draws == sampling.sample(small, [[3, 4]] * 3000, 1, end=0, seed=5)
    counts = torch.bincount(torch.tensor(draws)[:, 0], minlength=23) / 3000
    expected = small(torch.tensor([[3, 4]]))[0, -1].softmax(-1)
    assert (counts - expected).abs().max() <= 0.04


def test_top_k_draws_from_the_likeliest_alone(small: Llama) -> None:
    best = set(small(torch.tensor([[3, 4]]))[0, -1].topk(3).indices.tolist())
    draws = sampling.sample(small, [[3, 4]] * 400, 1, end=0, seed=5, top_k=3, temperature=9.0)
    assert {row[0] for row in draws} == best


def test_an_empty_or_overlong_prompt_is_refused(small: Llama) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        sampling.sample(small, [[1], []], 2, end=0, seed=0)
    with pytest.raises(ValueError, match="prompt of 40 tokens and an answer of 9"):
        sampling.sample(small, [[1] * 40], 9, end=0, seed=0)


def every_answer(length: int) -> list[list[int]]:
    """Answers of a vocabulary of four where 0 ends: shorter ones end early."""
    found = []
    for tokens in product(range(4), repeat=length):
        stop = tokens.index(0) + 1 if 0 in tokens else length
        if all(token == 0 for token in tokens[stop:]):
            found.append(list(tokens[:stop]))
    return found


def test_kl_is_that_of_all_answers_enumerated() -> None:
    model = spread(Llama(TINY).double())
    adapted(model, first=0)
    prompt, length = [2, 3], 3

    def log_prob(answer: list[int]) -> float:
        table = model(torch.tensor([prompt + answer]))[0].log_softmax(-1)
        return sum(table[1 + at, token].item() for at, token in enumerate(answer))

    answers = every_answer(length)
    policy = torch.tensor([log_prob(answer) for answer in answers], dtype=torch.float64)
    with lora.switched_off(model):
        reference = torch.tensor([log_prob(answer) for answer in answers], dtype=torch.float64)
    assert policy.exp().sum().item() == pytest.approx(1)
    truth = (policy.exp() * (policy - reference)).sum().item()
    ids = torch.zeros(len(answers), 2 + length, dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for row, answer in enumerate(answers):
        ids[row, : 2 + len(answer)] = torch.tensor(prompt + answer)
        mask[row, 2 : 2 + len(answer)] = True
    found = divergence(model, Rows(ids, mask))
    for estimate in (found.exact, found.sampled):
        assert (policy.exp() * estimate).sum().item() == pytest.approx(truth, rel=1e-9)
    spread_of = [(policy.exp() * (e - truth).square()).sum() for e in (found.exact, found.sampled)]
    assert spread_of[0] < spread_of[1]


def test_perplexity_predicts_every_token_once(small: Llama) -> None:
    ids = some_ids(1, 11)[0].tolist()
    table = small(torch.tensor([ids[:10]]))[0].log_softmax(-1)
    whole = -sum(table[at, ids[at + 1]] for at in range(10)) / 10
    assert perplexity(small, ids, 10) == pytest.approx(float(whole.exp()), rel=1e-6)
    first = -sum(table[at, ids[at + 1]] for at in range(6))
    rest = small(torch.tensor([ids[6:10]]))[0].log_softmax(-1)
    second = -sum(rest[at, ids[at + 7]] for at in range(4))
    assert perplexity(small, ids, 6) == pytest.approx(
        float(((first + second) / 10).exp()), rel=1e-6
    )
    with pytest.raises(ValueError, match="fewer than two tokens"):
        perplexity(small, [1], 4)
