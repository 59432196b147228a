"""The loss against TRL's recorded numbers, 50 digits and its derivative; log-probabilities."""

import json
import sys
import types
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from groundwork.alignment import dpo as module
from groundwork.alignment import lora
from groundwork.alignment.dpo import (
    dpo_loss,
    log_probs_from,
    reference_log_probs,
    sequence_log_probs,
)
from groundwork.alignment.model import Llama

from . import reference
from .conftest import SMALL, adapted, some_ids

TRL = json.loads((Path(__file__).parent / "trl_dpo_loss.json").read_text())
SOURCE = Path(module.__file__).read_text(encoding="utf-8")
LOSS_FAULTS = {
    "reference left out": ("beta * (policy_rejected - reference_rejected)", "beta * policy_rejected"),
    "sign": ("-F.logsigmoid(chosen_reward", "F.logsigmoid(chosen_reward"),
    "chosen and rejected exchanged": (
        "chosen_reward - rejected_reward)", "rejected_reward - chosen_reward)"
    ),
    "beta on one side": ("beta * (policy_rejected", "(policy_rejected"),
}  # fmt: skip
PROB_FAULTS = {
    "prompt counted": ("wanted = mask[:, 1:]", "wanted = torch.ones_like(mask[:, 1:])"),
    "off by one": ("wanted = mask[:, 1:]", "wanted = mask[:, :-1]"),
    "mean for sum": (
        ".index_add(0, rows, each)  # (B,)",
        ".index_add(0, rows, each) / wanted.sum(dim=1)",
    ),
    "rows mixed": ("rows = wanted.nonzero()[:, 0]", "rows = wanted.nonzero()[:, 1] % len(ids)"),
}

HEAD_FAULTS = {
    "sum not rescaled": ("total * alpha + p.sum", "total + p.sum"),
    "mean not rescaled": ("torch.addmm(mean.mul_(alpha), p, block)", "torch.addmm(mean, p, block)"),
    "mean not divided": ("own - mean / total", "own - mean"),
}


def planted(old: str, new: str) -> types.ModuleType:
    assert SOURCE.count(old) == 1, f"{old!r} is no longer one place of dpo.py"
    faulty = types.ModuleType("planted_dpo")
    sys.modules["planted_dpo"] = faulty
    exec(compile(SOURCE.replace(old, new), "planted_dpo.py", "exec"), faulty.__dict__)
    return faulty


def trl_error(found: types.ModuleType) -> float:
    """Largest difference from TRL's losses and rewards."""
    worst = 0.0
    for case in TRL["cases"]:
        columns = [torch.tensor(row, dtype=torch.float64) for row in case["log_probs"]]
        ours = found.dpo_loss(*columns, case["beta"])
        for part, name in zip(ours, ("loss", "chosen_reward", "rejected_reward"), strict=True):
            worst = max(worst, np.abs(part.numpy() - case[name]).max())
    return worst


def test_losses_and_rewards_equal_trls_recorded_numbers() -> None:
    assert trl_error(module) <= 1e-6
    assert len(TRL["cases"]) == 4


@pytest.mark.parametrize("name", LOSS_FAULTS)
def test_a_fault_in_the_loss_is_seen_in_trls_numbers(name: str) -> None:
    assert trl_error(planted(*LOSS_FAULTS[name])) > 1e-3


def test_the_loss_is_the_formula_to_fifteen_digits_even_at_large_margins() -> None:
    for margin in (-800.0, -30.0, -1e-9, 0.0, 3.0, 200.0):
        zero = torch.zeros(1, dtype=torch.float64)
        found = dpo_loss(zero + margin, zero, zero, zero, 0.5)[0].item()
        with mpmath.workdps(50):
            exact = mpmath.log1p(mpmath.exp(-mpmath.mpf(margin) / 2))
        assert abs(found - exact) <= 1e-15 * max(1, exact)


def test_loss_is_ln_2_where_policy_and_reference_agree() -> None:
    values = torch.tensor([-20.0, -35.5]), torch.tensor([-31.0, -7.25])
    for beta in (0.03, 0.1, 1.0):
        loss, good, bad = dpo_loss(*values, *values, beta)
        assert (loss - np.log(2)).abs().max() <= 1e-6
        assert torch.equal(good, torch.zeros(2))
        assert torch.equal(bad, torch.zeros(2))


def test_gradient_is_beta_times_the_probability_of_the_wrong_order() -> None:
    chosen = torch.tensor([-20.0, -40.0], dtype=torch.float64, requires_grad=True)
    rejected = torch.tensor([-25.0, -30.0], dtype=torch.float64, requires_grad=True)
    fixed = torch.tensor([-22.0, -33.0], dtype=torch.float64)
    loss, good, bad = dpo_loss(chosen, rejected, fixed, fixed, 0.3)
    loss.sum().backward()
    wrong = torch.sigmoid(bad - good)
    assert torch.allclose(chosen.grad, -0.3 * wrong)
    assert torch.allclose(rejected.grad, 0.3 * wrong)


def test_a_beta_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="beta must be above 0"):
        dpo_loss(*[torch.zeros(1)] * 4, 0.0)


def answers() -> tuple[Tensor, Tensor]:
    """Three rows with prompts of different lengths and padding on the right."""
    mask = torch.zeros(3, 10, dtype=torch.bool)
    for row, (first, last) in enumerate(((3, 10), (5, 8), (1, 6))):
        mask[row, first:last] = True
    return some_ids(3, 10), mask


def prob_error(found: types.ModuleType, model: Llama) -> float:
    ids, mask = answers()
    ours = found.sequence_log_probs(model, ids, mask).tolist()
    state = model.state_dict()
    pairs = zip(ours, ids.tolist(), mask.tolist(), strict=True)
    return max(abs(o - reference.log_prob(state, SMALL, i, m)) for o, i, m in pairs)


def test_log_probs_equal_a_loop_over_tokens(small: Llama) -> None:
    assert prob_error(module, small) <= 1e-10


@pytest.mark.parametrize("name", PROB_FAULTS)
def test_a_fault_in_the_log_probs_turns_the_loop_red(small: Llama, name: str) -> None:
    assert prob_error(planted(*PROB_FAULTS[name]), small) > 1e-3


def head_error(found: types.ModuleType) -> float:
    """Values and derivative of the head block by block, against cross-entropy and autograd."""
    random = torch.Generator().manual_seed(0)
    states, table = (
        torch.randn(shape, generator=random, dtype=torch.float64) for shape in ((9, 6), (101, 6))
    )
    states.requires_grad_()
    tokens = torch.arange(9) * 11
    weights = torch.randn(9, generator=random, dtype=torch.float64)
    ours = found._TokenLogProbs.apply(states, table, tokens)
    theirs = -torch.nn.functional.cross_entropy(states @ table.T, tokens, reduction="none")
    slopes = [torch.autograd.grad(each, states, weights)[0] for each in (ours, theirs)]
    return max(
        float((ours - theirs).detach().abs().max()), float((slopes[0] - slopes[1]).abs().max())
    )


@pytest.mark.parametrize("block", [7, 101, 4096])
def test_the_head_in_blocks_equals_cross_entropy(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    assert head_error(module) <= 1e-12


@pytest.mark.parametrize("name", HEAD_FAULTS)
def test_a_fault_in_the_blocks_turns_cross_entropy_red(name: str) -> None:
    found = planted(*HEAD_FAULTS[name])
    found.BLOCK = 7  # type: ignore[attr-defined]
    assert head_error(found) > 1e-3


def test_a_trained_table_is_refused(small: Llama) -> None:
    small.embedding.weight.requires_grad_()
    with pytest.raises(ValueError, match="frozen table"):
        sequence_log_probs(small, *answers())


def test_batches_and_kept_states_change_nothing(small: Llama) -> None:
    ids, mask = answers()
    whole = sequence_log_probs(small, ids, mask)
    assert (reference_log_probs(small, ids, mask, batch=2) - whole).abs().max() <= 1e-12
    low = small.run(small.embedding(ids), 0, 2)
    assert (log_probs_from(small, low, ids, mask, 2) - whole).abs().max() <= 1e-12


def test_empty_answers_and_a_marked_first_token_are_refused(small: Llama) -> None:
    ids, mask = answers()
    mask[1] = False
    with pytest.raises(ValueError, match="sequence 1 has an empty answer"):
        sequence_log_probs(small, ids, mask)
    mask[1, 0] = True
    with pytest.raises(ValueError, match="first token"):
        sequence_log_probs(small, ids, mask)


def test_the_reference_is_untouched_by_training_the_policy(small: Llama) -> None:
    ids, mask = answers()
    before = sequence_log_probs(small, ids, mask)
    adapted(small)
    assert (sequence_log_probs(small, ids, mask) - before).abs().max() > 1e-3
    with lora.switched_off(small):
        assert torch.equal(sequence_log_probs(small, ids, mask), before)


def test_the_tilted_reference_is_the_best_policy() -> None:
    """prp-optimal: over answers that can be counted, nothing tried has a larger objective."""
    rng = np.random.default_rng(0)
    reward, reference, beta = rng.normal(size=6), rng.dirichlet(np.ones(6)), 0.4

    def objective(policy: np.ndarray) -> float:
        return float(policy @ reward - beta * policy @ np.log(policy / reference))

    tilted = reference * np.exp(reward / beta)
    best = objective(tilted / tilted.sum())
    assert best == pytest.approx(beta * np.log(tilted.sum()), abs=1e-12)
    assert all(objective(rng.dirichlet(np.ones(6))) < best for _ in range(2000))
    near = [tilted * np.exp(0.01 * rng.normal(size=6)) for _ in range(200)]
    assert all(objective(policy / policy.sum()) < best for policy in near)
