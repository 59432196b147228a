"""How far a policy has moved: KL from the reference on the policy's own answers, and perplexity.

Axis letters: B rows, T tokens, M answer tokens of all rows, V entries of the vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from groundwork.alignment.chat import Rows
from groundwork.alignment.lora import switched_off
from groundwork.alignment.model import Llama


@dataclass(frozen=True)
class Divergence:
    """KL(policy ‖ reference) of each row's answer, in nats: summed over its tokens.

    `exact` sums over the whole vocabulary at each token of a drawn answer; `sampled` takes the
    drawn token alone. Both estimate the same number without bias; `exact` varies less.
    """

    exact: Tensor  # (B,)
    sampled: Tensor  # (B,)


@torch.no_grad()
def divergence(model: Llama, rows: Rows, batch: int = 8) -> Divergence:
    """KL from the network without its adapters, on answers that the network with them drew.

    The answers must be drawn at temperature 1 from the whole vocabulary.

    Source: the chain rule of relative entropy, Cover and Thomas (2006), theorem 2.5.3.
    Checked by: tests/alignment/test_sampling.py (all answers of a tiny network, enumerated).
    """
    exact, sampled = [], []
    for ids, mask in zip(rows.ids.split(batch), rows.mask.split(batch), strict=True):
        wanted = mask[:, 1:]
        policy = _log_softmax(model, ids, wanted)  # (M, V)
        with switched_off(model):
            reference = _log_softmax(model, ids, wanted)  # (M, V)
        gap = policy - reference
        drawn = ids[:, 1:][wanted][:, None]  # (M, 1)
        owner = wanted.nonzero()[:, 0]  # (M,)
        zero = gap.new_zeros(len(ids))
        exact.append(zero.index_add(0, owner, (policy.exp() * gap).sum(dim=-1)))
        sampled.append(zero.index_add(0, owner, gap.gather(1, drawn)[:, 0]))
    return Divergence(torch.cat(exact), torch.cat(sampled))


def _log_softmax(model: Llama, ids: Tensor, wanted: Tensor) -> Tensor:
    states = model.run(model.embedding(ids))[:, :-1]  # (B, T - 1, C)
    return model.logits(states[wanted]).log_softmax(-1)  # (M, V)


@torch.no_grad()
def perplexity(model: Llama, ids: list[int], window: int) -> float:
    """e to the mean loss of a text, in windows side by side; no token is predicted twice.

    Raises: `ValueError` for a text shorter than two tokens.
    """
    if len(ids) < 2:
        raise ValueError("a text of fewer than two tokens has no perplexity")
    total = 0.0
    for start in range(0, len(ids) - 1, window):
        part = torch.tensor([ids[start : start + window + 1]])  # (1, T)
        logits = model.logits(model.run(model.embedding(part[:, :-1])))  # (1, T - 1, V)
        total += F.cross_entropy(logits[0], part[0, 1:], reduction="sum").item()
    return float(torch.tensor(total / (len(ids) - 1)).exp())
