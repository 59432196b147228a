"""Direct preference optimisation: the loss, and the log-probabilities that it is made of.

Axis letters: B sequences, T tokens in each, C channels, M answer tokens of all sequences, P pairs.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from groundwork.alignment.model import Llama

BLOCK = 4096  # entries of the vocabulary whose logits exist at a time


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """-log σ(β [log π/ρ of the chosen - log π/ρ of the rejected]), and both implicit rewards.

    All four are log-probabilities of whole answers: sums over tokens, not means.

    Shapes: (P,) each, to loss (P,), chosen reward (P,), rejected reward (P,), in nats.
    Raises: `ValueError` for a β that is not positive.
    Source: Rafailov et al., "Direct Preference Optimization" (2023), equation 7.
    Checked by: tests/alignment/test_dpo.py (TRL's recorded numbers, mpmath, the derivative).
    """
    if beta <= 0:
        raise ValueError(f"beta must be above 0, not {beta}")
    chosen_reward = beta * (policy_chosen - reference_chosen)  # (P,)
    rejected_reward = beta * (policy_rejected - reference_rejected)  # (P,)
    loss = -F.logsigmoid(chosen_reward - rejected_reward)  # (P,)
    return loss, chosen_reward.detach(), rejected_reward.detach()


def sequence_log_probs(model: Llama, ids: Tensor, mask: Tensor) -> Tensor:
    """log π(answer | prompt) of each sequence: the sum over the tokens that `mask` marks.

    Shapes: ids (B, T), mask (B, T) boolean, to (B,), in nats.
    Raises: as `log_probs_from`.
    Checked by: tests/alignment/test_dpo.py (a loop over tokens in float64).
    """
    return log_probs_from(model, model.embedding(ids), ids, mask, first=0)


def log_probs_from(model: Llama, hidden: Tensor, ids: Tensor, mask: Tensor, first: int) -> Tensor:
    """`sequence_log_probs` from the hidden states before layer `first`.

    What lies below the lowest adapter never changes, so its states can be computed once. The head
    is applied at answer tokens only: with 49,152 entries it would cost as much as eight layers.

    Shapes: hidden (B, T, C), ids and mask (B, T), to (B,).
    Raises: `ValueError` when a first token is marked (nothing predicts it) or a row has no answer.
    """
    if mask[:, 0].any():
        raise ValueError("the first token of a sequence cannot be part of the answer")
    if not mask.any(dim=1).all():
        raise ValueError(f"sequence {int(mask.any(dim=1).int().argmin())} has an empty answer")
    states = model.run(hidden, first)[:, :-1]  # (B, T - 1, C)
    wanted = mask[:, 1:]  # (B, T - 1): the state at t predicts token t + 1
    table, tokens = model.embedding.weight, ids[:, 1:][wanted]
    each: Tensor = _TokenLogProbs.apply(model.norm(states[wanted]), table, tokens)  # (M,)
    rows = wanted.nonzero()[:, 0]  # (M,): the sequence of each token
    return each.new_zeros(len(ids)).index_add(0, rows, each)  # (B,)


class _TokenLogProbs(torch.autograd.Function):
    """log softmax(h Wᵀ)[y] of each token, and its derivative W[y] - softmax(h Wᵀ) W by h.

    The head is attention of tokens to entries of the vocabulary, with W as keys and as values, and
    is computed as flash attention is (room 5.1): block by block, the mean rescaled whenever a larger
    logit is met. W is read once, and no table of all logits is written, kept and cleared again.
    Shapes: states (M, C), table (V, C), tokens (M,), to (M,).
    Raises: `ValueError` for a table that is trained: it would get no gradient.
    Source: Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models" (2024).
    Checked by: tests/alignment/test_dpo.py (autograd of cross-entropy).
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, table: Tensor, tokens: Tensor) -> Tensor:
        if table.requires_grad:
            raise ValueError("log-probabilities of answers need a frozen table of embeddings")
        own = table[tokens]  # (M, C)
        m = states.new_full((len(states), 1), -torch.inf)  # largest logit so far
        total = torch.zeros_like(m)  # Σ exp(logit - m)
        mean = torch.zeros_like(states)  # Σ exp(logit - m) W
        for block in table.split(BLOCK):
            logits = states @ block.T  # (M, BLOCK)
            larger = torch.maximum(m, logits.amax(dim=1, keepdim=True))
            alpha, m = (m - larger).exp(), larger
            p = logits.sub_(m).exp_()
            total = total * alpha + p.sum(dim=1, keepdim=True)
            if ctx.needs_input_grad[0]:
                mean = torch.addmm(mean.mul_(alpha), p, block)
        ctx.save_for_backward(own - mean / total)
        return ((states * own).sum(dim=1, keepdim=True) - m - total.log())[:, 0]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return gradients[0][:, None] * ctx.saved_tensors[0], None, None


@torch.no_grad()
def reference_log_probs(model: Llama, ids: Tensor, mask: Tensor, batch: int = 16) -> Tensor:
    """`sequence_log_probs` without gradients, `batch` sequences at a time: (N, T) to (N,)."""
    return torch.cat(
        [
            sequence_log_probs(model, part, marks)
            for part, marks in zip(ids.split(batch), mask.split(batch), strict=True)
        ]
    )
