"""Answers drawn from a network, many prompts at a time, with a cache.

Axis letters: B prompts, T tokens of the longest, V entries of the vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from groundwork.alignment.chat import Chat
from groundwork.alignment.model import Cache, Llama


@torch.no_grad()
def sample(
    model: Llama,
    prompts: Sequence[Sequence[int]],
    length: int,
    *,
    end: int,
    seed: int,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> list[list[int]]:
    """One answer a prompt: at most `length` tokens, up to and with the end mark.

    Prompts are padded on the left, so that all rows write at the same place; rotary positions are
    relative, so the padding moves nothing. Top-k is taken before anything is sorted: a sort of
    49,152 logits a token costs more than a layer of the network.

    Raises: `ValueError` for an empty prompt, or one that leaves no room in the context.
    Checked by: tests/alignment/test_sampling.py (one prompt at a time, without a cache).
    """
    if min(map(len, prompts), default=0) == 0:
        raise ValueError("each prompt must hold at least one token")
    longest = max(map(len, prompts))
    if longest + length > model.config.context:
        raise ValueError(
            f"a prompt of {longest} tokens and an answer of {length} "
            f"are more than the context of {model.config.context}"
        )
    ids = torch.tensor([[end] * (longest - len(row)) + list(row) for row in prompts])  # (B, T)
    real = torch.tensor([[False] * (longest - len(row)) + [True] * len(row) for row in prompts])
    generator = torch.Generator().manual_seed(seed)
    cache, fresh = Cache(model.config.layers), ids
    drawn: list[Tensor] = []
    over = torch.zeros(len(ids), dtype=torch.bool)
    for _ in range(length):
        states = model.run(model.embedding(fresh), real=real, cache=cache)  # (B, ·, C)
        logits = model.logits(states[:, -1])  # (B, V)
        fresh = choose(logits, generator, temperature, top_k)  # (B, 1)
        fresh[over] = end
        drawn.append(fresh)
        over |= fresh[:, 0] == end
        if over.all():
            break
        real = torch.cat([real, torch.ones(len(ids), 1, dtype=torch.bool)], dim=1)
    tokens = torch.cat(drawn, dim=1).tolist()
    return [row[: row.index(end) + 1] if end in row else row for row in tokens]


def choose(
    logits: Tensor, generator: torch.Generator, temperature: float, top_k: int | None
) -> Tensor:
    """One token a row: (B, V) to (B, 1); temperature 0 takes the likeliest."""
    if temperature == 0:
        return logits.argmax(dim=-1, keepdim=True)
    if top_k is None:
        return torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)
    values, places = logits.topk(top_k, dim=-1)  # (B, k)
    pick = torch.multinomial((values / temperature).softmax(-1), 1, generator=generator)
    return places.gather(1, pick)


def answers(
    model: Llama, chat: Chat, questions: Sequence[str], **options: object
) -> list[list[int]]:
    """Token numbers of one answer to each question; `options` as for `sample`."""
    prompts = [chat.prompt(question) for question in questions]
    return sample(model, prompts, end=chat.end, **options)  # type: ignore[arg-type]
