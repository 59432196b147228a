"""Training: kept states give the same gradients, a resumed run the same bits, batches every row."""

from collections import Counter

import pytest
import torch
from torch import Tensor

from groundwork.alignment import lora, tuning
from groundwork.alignment.chat import Rows
from groundwork.alignment.dpo import sequence_log_probs
from groundwork.alignment.model import Llama

from .conftest import SMALL, adapted, some_ids, spread

LOOP = tuning.Loop(iterations=6, batch=2, learning_rate=0.02, warmup=2, clip=1.0)


def eight() -> Rows:
    """Eight rows, four pairs, with answers of different lengths."""
    mask = torch.zeros(8, 12, dtype=torch.bool)
    for row in range(8):
        mask[row, 4 : 8 + row % 5] = True
    return Rows(some_ids(8, 12), mask)


def single() -> Llama:
    return spread(Llama(SMALL))


def run(model: Llama, kept: tuning.Kept, reference: Tensor, anchor: float = 0.5) -> tuning.Tuner:
    trained = lora.attach(model, rank=2, scale=1.0, first=kept.first, seed=0)

    def loss(iteration: int) -> tuple[Tensor, dict[str, float]]:
        chosen = tuning.draw(4, LOOP.batch, 7, iteration)
        return tuning.preference(model, kept, reference, chosen, 0.3, anchor)

    return tuning.Tuner(trained, LOOP, loss)


def test_kept_states_give_the_gradients_of_all_layers(small: Llama) -> None:
    rows = eight()
    kept = tuning.keep(small, rows, first=1, batch=3)
    trained = adapted(small, first=1)
    every = torch.arange(8)
    short = torch.autograd.grad(kept.log_probs(small, every).sum(), trained)
    long = torch.autograd.grad(sequence_log_probs(small, rows.ids, rows.mask).sum(), trained)
    assert max((a - b).abs().max() for a, b in zip(short, long, strict=True)) <= 1e-12


def test_states_kept_above_an_adapter_would_be_wrong(small: Llama) -> None:
    rows = eight()
    kept = tuning.keep(small, rows, first=2)
    adapted(small, first=1)
    apart = kept.log_probs(small, torch.arange(8)) - sequence_log_probs(small, rows.ids, rows.mask)
    assert apart.abs().max() > 1e-3


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit() -> None:
    rows, finished = eight(), []
    for interrupted in (False, True):
        model = single()
        kept = tuning.keep(model, rows, first=1)
        reference = kept.all_log_probs(model)
        tuner = run(model, kept, reference)
        for _ in range(3):
            tuner.step()
        if interrupted:
            state = tuner.state()
            model = single()
            tuner = run(model, tuning.keep(model, rows, first=1), reference)
            tuner.restore(state)
        while tuner.iteration < LOOP.iterations:
            tuner.step()
        finished.append((tuner.history, lora.weights(model)))
    (history, weights), (other_history, other_weights) = finished
    assert history == other_history
    assert all(torch.equal(weights[name], other_weights[name]) for name in weights)


def test_preference_training_raises_the_margin_and_starts_at_ln_2() -> None:
    model, rows = single(), eight()
    kept = tuning.keep(model, rows, first=1)
    reference = kept.all_log_probs(model)
    tuner = run(model, kept, reference, anchor=0.0)
    first = tuner.step()
    assert first["loss"] == pytest.approx(0.6931472, abs=1e-6)
    while tuner.iteration < LOOP.iterations:
        tuner.step()
    after = kept.all_log_probs(model) - reference
    assert (after[::2] - after[1::2]).mean() > 0.1


def test_the_anchor_adds_the_chosen_answers_loss_a_token() -> None:
    model, rows = single(), eight()
    kept = tuning.keep(model, rows, first=1)
    reference = kept.all_log_probs(model)
    pairs = torch.tensor([0, 2])
    plain, _ = tuning.preference(model, kept, reference, pairs, 0.3, 0.0)
    anchored, _ = tuning.preference(model, kept, reference, pairs, 0.3, 2.0)
    lengths = rows.mask[[0, 4]].sum(dim=1)
    expected = -2.0 * (reference[[0, 4]] / lengths).mean()
    assert (anchored - plain).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_supervised_loss_is_a_mean_over_tokens() -> None:
    model, rows = single(), eight()
    kept = tuning.keep(model, rows, first=1)
    chosen = torch.tensor([1, 4])
    loss, _ = tuning.supervised(model, kept, chosen)
    total = sequence_log_probs(model, rows.ids, rows.mask)[chosen].sum()
    assert loss.item() == pytest.approx(-total.item() / int(rows.mask[chosen].sum()), rel=1e-5)


def test_a_pass_draws_every_row_once_and_depends_on_seed_and_update_alone() -> None:
    drawn = [tuning.draw(9, 3, 5, iteration).tolist() for iteration in range(6)]
    assert Counter(row for part in drawn[:3] for row in part) == Counter(range(9))
    assert Counter(row for part in drawn[3:] for row in part) == Counter(range(9))
    assert drawn[:3] != drawn[3:]
    assert tuning.draw(9, 3, 5, 4).tolist() == drawn[4]
    with pytest.raises(ValueError, match="batch of 10"):
        tuning.draw(9, 10, 0, 0)


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    model = single()
    trained = lora.attach(model, rank=1, scale=1.0, first=2, seed=0)
    broken = tuning.Tuner(trained, LOOP, lambda _: (torch.tensor(float("nan")), {"loss": 0.0}))
    with pytest.raises(FloatingPointError, match="update 0"):
        broken.step()
