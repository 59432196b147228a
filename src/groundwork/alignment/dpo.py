"""Direct preference optimisation: the loss, and the log-probabilities that it is made of.

Axis letters: B sequences, T tokens in each, C channels, M answer tokens of all sequences, P pairs.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from groundwork.alignment.model import Llama


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
    logits = model.logits(states[wanted])  # (M, V)
    each = -F.cross_entropy(logits, ids[:, 1:][wanted], reduction="none")  # (M,)
    rows = wanted.nonzero()[:, 0]  # (M,): the sequence of each token
    return each.new_zeros(len(ids)).index_add(0, rows, each)  # (B,)


@torch.no_grad()
def reference_log_probs(model: Llama, ids: Tensor, mask: Tensor, batch: int = 16) -> Tensor:
    """`sequence_log_probs` without gradients, `batch` sequences at a time: (N, T) to (N,)."""
    return torch.cat(
        [
            sequence_log_probs(model, part, marks)
            for part, marks in zip(ids.split(batch), mask.split(batch), strict=True)
        ]
    )
