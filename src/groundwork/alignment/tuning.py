"""Training of adapters, on fixed batches by seed: supervised on answers, or by preference.

Pure: it prints nothing and writes nothing. What is random in update i is a function of the seed
and of i, so a killed run goes on bit for bit from adapters, moments and one number.

Axis letters: N rows, P pairs of a batch, T tokens, C channels.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from groundwork.alignment.chat import Rows
from groundwork.alignment.dpo import dpo_loss, log_probs_from
from groundwork.alignment.model import Llama
from groundwork.core.seeds import stream


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Knobs of a run: updates, rows (or pairs) of a batch, peak learning rate, updates of linear
    rise, and the largest norm of the gradient. After the rise the rate stays.
    """

    iterations: int
    batch: int
    learning_rate: float
    warmup: int
    clip: float


@dataclass(frozen=True)
class Kept:
    """Rows with the hidden states before layer `first`, which no adapter reaches."""

    rows: Rows
    hidden: Tensor  # (N, T, C)
    first: int

    def log_probs(self, model: Llama, chosen: Tensor) -> Tensor:
        """Summed log-probabilities of some rows' answers: (len(chosen),)."""
        part = self.rows.take(chosen)
        hidden = self.hidden[chosen, : part.ids.shape[1]]
        return log_probs_from(model, hidden, part.ids, part.mask, self.first)

    def all_log_probs(self, model: Llama, batch: int = 16) -> Tensor:
        """Of all rows, without gradients: (N,)."""
        with torch.no_grad():
            every = torch.arange(len(self.rows)).split(batch)
            return torch.cat([self.log_probs(model, part) for part in every])


@torch.no_grad()
def keep(model: Llama, rows: Rows, first: int, batch: int = 16) -> Kept:
    """The hidden states of all rows before layer `first`, computed once."""
    states = [model.run(model.embedding(part), 0, first) for part in rows.ids.split(batch)]
    return Kept(rows, torch.cat(states), first)


def draw(count: int, batch: int, seed: int, iteration: int) -> Tensor:
    """The rows of update `iteration`: each row once in every pass, in an order drawn by pass."""
    if not 1 <= batch <= count:
        raise ValueError(f"a batch of {batch} cannot be drawn from {count} rows")
    per_pass = count // batch
    order = stream(seed, "order", iteration // per_pass).permutation(count)
    at = iteration % per_pass * batch
    return torch.from_numpy(order[at : at + batch].copy())


def supervised(model: Llama, kept: Kept, chosen: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy of the answers' tokens, nats a token."""
    tokens = kept.rows.mask[chosen].sum()
    loss = -kept.log_probs(model, chosen).sum() / tokens
    return loss, {"loss": loss.item()}


def preference(
    model: Llama, kept: Kept, reference: Tensor, chosen: Tensor, beta: float, anchor: float
) -> tuple[Tensor, dict[str, float]]:
    """Mean DPO loss of some pairs, and `anchor` times the chosen answers' nats a token.

    Rows 2p and 2p + 1 of `kept` are the chosen and the rejected answer of pair p.

    Shapes: reference (N,), chosen (P,).
    Source: for the anchor, Pang et al., "Iterative Reasoning Preference Optimization" (2024),
    equation 1; Liu et al. (2024) show that it bounds over-optimisation.
    """
    rows = torch.stack([2 * chosen, 2 * chosen + 1], dim=1).flatten()  # (2P,)
    policy = kept.log_probs(model, rows)  # (2P,)
    fixed = reference[rows]
    losses, good, bad = dpo_loss(policy[::2], policy[1::2], fixed[::2], fixed[1::2], beta)
    loss = losses.mean()
    told = {
        "loss": loss.item(),
        "accuracy": (good > bad).float().mean().item(),
        "chosen_reward": good.mean().item() / beta,
        "rejected_reward": bad.mean().item() / beta,
    }
    if anchor:
        lengths = kept.rows.mask[rows[::2]].sum(dim=1)  # (P,)
        loss = loss - anchor * (policy[::2] / lengths).mean()
    return loss, told


class Tuner:
    """One run of a loss over a network's adapters; resumable after any update.

    Checked by: tests/alignment/test_tuning.py (killed and resumed equals uninterrupted).
    """

    def __init__(
        self,
        parameters: list[nn.Parameter],
        loop: Loop,
        loss: Callable[[int], tuple[Tensor, dict[str, float]]],
    ) -> None:
        self.parameters, self.loop, self.loss = parameters, loop, loss
        self.optimizer = torch.optim.AdamW(
            parameters, lr=loop.learning_rate, betas=(0.9, 0.95), weight_decay=0.0
        )
        self.iteration = 0
        self.history: list[dict[str, float]] = []

    def step(self) -> dict[str, float]:
        """One update; returns what its loss told.

        Raises: `FloatingPointError` where the loss is no number.
        """
        rise = min(1.0, (self.iteration + 1) / max(1, self.loop.warmup))
        for group in self.optimizer.param_groups:
            group["lr"] = self.loop.learning_rate * rise
        self.optimizer.zero_grad(set_to_none=True)
        loss, told = self.loss(self.iteration)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the loss of update {self.iteration} is {loss.item()}")
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.loop.clip)
        self.optimizer.step()
        self.iteration += 1
        self.history.append({"iteration": self.iteration, **told})
        return told

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {
            "parameters": [value.detach().clone() for value in self.parameters],
            "optimizer": copy.deepcopy(self.optimizer.state_dict()),
            "iteration": self.iteration,
            "history": list(self.history),
        }

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        for value, saved in zip(self.parameters, state["parameters"], strict=True):
            value.copy_(saved)
        self.optimizer.load_state_dict(state["optimizer"])
        self.iteration, self.history = state["iteration"], list(state["history"])
