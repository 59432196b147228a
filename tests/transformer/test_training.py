"""The loop: it learns what can be learnt, and each of its parts does what it says."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from groundwork.transformer.evaluation import bits_per_character, split_loss
from groundwork.transformer.generation import generate
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.training import TrainConfig, Trainer, learning_rate, make_optimizer

CONFIG = TrainConfig(
    iterations=300, batch=32, accumulation=1, learning_rate=3e-3, floor=0.0, warmup=20,
    weight_decay=0.1, beta1=0.9, beta2=0.99, clip=1.0, evaluate_every=300,
)  # fmt: skip
SIZES = GPTConfig(vocabulary=12, context=16, layers=2, heads=2, width=32, hidden=64)


def _model(sizes: GPTConfig = SIZES) -> GPT:
    torch.manual_seed(0)
    return GPT(sizes)


def copy_task(examples: int, seed: int) -> torch.Tensor:
    """Rows of 6 random symbols, a mark (10), and the same 6 symbols again: (examples, 13)."""
    symbols = torch.randint(10, (examples, 6), generator=torch.Generator().manual_seed(seed))
    return torch.cat([symbols, torch.full((examples, 1), 10), symbols], dim=1)


def test_learns_to_copy_without_a_fault() -> None:
    """100 % of the second halves, drawn greedily, on rows never trained on."""
    model = _model().train()
    optimizer = make_optimizer(model, CONFIG)
    for iteration in range(600):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(replace(CONFIG, iterations=600), iteration)
        rows = copy_task(64, iteration + 1)
        logits = model(rows[:, :-1])[:, 6:]
        loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 7:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    fresh = copy_task(200, 0)
    drawn = generate(model, fresh[:, :7], 6, temperature=0)
    assert torch.equal(drawn, fresh)


def test_overfits_one_batch() -> None:
    tokens = np.random.default_rng(0).integers(0, 12, 17)
    config = replace(CONFIG, batch=1, weight_decay=0.0, iterations=250, evaluate_every=250)
    trainer = Trainer(_model(), tokens, tokens, config, seed=0)
    losses = [progress.loss for progress in trainer.run()]
    assert losses[0] > 2
    assert losses[-1] < 0.02


def test_validation_loss_is_the_mean_over_every_target() -> None:
    """One window at a time, in float64, against the batched sweep."""
    tokens = np.random.default_rng(1).integers(0, 12, 1000)
    model = _model().double().eval()
    total, count = 0.0, 0
    for start in range(0, 999, 16):
        ids = torch.from_numpy(tokens[start : start + 17])[None]
        logits = model(ids[:, :-1])
        total += F.cross_entropy(logits[0], ids[0, 1:], reduction="sum").item()
        count += ids.shape[1] - 1
    assert count == 999
    assert split_loss(model, tokens, batch=7) == pytest.approx(total / count, abs=1e-12)


def test_evaluation_switches_dropout_off_and_back() -> None:
    model = _model(replace(SIZES, dropout=0.5)).train()
    tokens = np.random.default_rng(1).integers(0, 12, 200)
    assert split_loss(model, tokens) == split_loss(model, tokens)
    assert model.training


def test_accumulated_micro_batches_equal_their_mean_gradient() -> None:
    tokens = np.random.default_rng(2).integers(0, 12, 500)
    model = _model().double()
    trainer = Trainer(
        model, tokens, tokens[:50], replace(CONFIG, batch=4, accumulation=3, clip=1e9), seed=0
    )
    rows = [trainer.windows.draw(0, micro) for micro in range(3)]
    inputs, targets = (torch.cat(part) for part in zip(*rows, strict=True))
    loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    expected = torch.autograd.grad(loss, list(model.parameters()))
    assert trainer.step() == pytest.approx(loss.item(), abs=1e-12)
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


def test_gradient_is_clipped() -> None:
    tokens = np.random.default_rng(2).integers(0, 12, 500)
    trainer = Trainer(_model(), tokens, tokens[:50], replace(CONFIG, clip=0.01), seed=0)
    trainer.step()
    squares = sum(p.grad.square().sum() for p in trainer.model.parameters())
    assert math.sqrt(squares) == pytest.approx(0.01, rel=1e-3)


def test_schedule_rises_then_falls_to_its_floor() -> None:
    config = replace(CONFIG, iterations=100, warmup=10, floor=0.1)
    rates = [learning_rate(config, i) for i in range(101)]
    assert rates[9] == rates[10] == pytest.approx(3e-3)
    assert rates[0] == pytest.approx(3e-4)
    assert rates[55] == pytest.approx(3e-3 * (0.1 + 0.9 / 2))
    assert rates[100] == pytest.approx(3e-4)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_matrices_decay_and_gains_do_not() -> None:
    groups = make_optimizer(_model(), CONFIG).param_groups
    assert all(p.dim() == 2 for p in groups[0]["params"])
    assert groups[1]["weight_decay"] == 0
    assert len(groups[1]["params"]) == 5


def test_the_best_weights_are_kept_beside_the_last() -> None:
    """Trained on one text and judged on another, the run gets worse; the best must survive."""
    generator = np.random.default_rng(3)
    train, validation = generator.integers(0, 12, 60), generator.integers(0, 12, 100)
    config = replace(CONFIG, iterations=60, evaluate_every=10, batch=8)
    trainer = Trainer(_model(), train, validation, config, seed=0)
    for _ in trainer.run():
        pass
    assert trainer.best is not None
    assert trainer.best.validation < trainer.evaluations[-1].validation
    best = GPT(SIZES)
    best.load_state_dict(trainer.best_weights)
    assert split_loss(best, validation) == pytest.approx(trainer.best.validation, abs=1e-6)


def test_a_loss_that_is_not_finite_stops_the_run() -> None:
    tokens = np.random.default_rng(2).integers(0, 12, 500)
    model = _model()
    trainer = Trainer(model, tokens, tokens[:50], CONFIG, seed=0)
    with torch.no_grad():
        model.embedding.weight.fill_(math.nan)
    with pytest.raises(FloatingPointError, match="update 1 "):
        next(trainer.run())


def test_bits_per_character() -> None:
    assert bits_per_character(math.log(2), tokens=50, characters=100) == pytest.approx(0.5)
