"""Resume: killed and resumed equals uninterrupted, bit for bit on a CPU."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from groundwork.transformer.io import Scratch, open_state, save_state
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.training import TrainConfig, Trainer

SIZES = GPTConfig(vocabulary=12, context=16, layers=2, heads=2, width=32, hidden=64, dropout=0.2)
CONFIG = TrainConfig(
    iterations=24, batch=4, accumulation=2, learning_rate=3e-3, floor=0.0, warmup=5,
    weight_decay=0.1, beta1=0.9, beta2=0.99, clip=1.0, evaluate_every=8,
)  # fmt: skip
TOKENS = np.random.default_rng(0).integers(0, 12, 600)


def _trainer(seed: int = 0) -> Trainer:
    torch.manual_seed(seed)
    return Trainer(GPT(SIZES), TOKENS[:500], TOKENS[500:], CONFIG, seed=3)


def _finish(trainer: Trainer) -> Trainer:
    for _ in trainer.run():
        pass
    return trainer


@pytest.mark.parametrize("stop", [1, 8, 13, 23])
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path, stop: int) -> None:
    """Dropout, accumulation, moments, schedule and evaluations all go on as they would have."""
    whole = _finish(_trainer())
    first = _trainer()
    for progress in first.run():
        if progress.iteration == stop:
            break
    save_state(tmp_path / "state.pt", "run", first.state())
    state = open_state(tmp_path / "state.pt", "run")
    assert state is not None
    second = _trainer(seed=99)  # other initial weights: everything must come from the state
    second.restore(state)
    _finish(second)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name
        assert torch.equal(whole.best_weights[name], second.best_weights[name]), name
    assert whole.evaluations == second.evaluations


def test_a_state_without_moments_would_be_noticed() -> None:
    """The comparison above has to see a forgotten optimizer."""
    whole = _finish(_trainer())
    first = _trainer()
    for progress in first.run():
        if progress.iteration == 13:
            break
    second = _trainer()
    second.restore({**first.state(), "optimizer": second.optimizer.state_dict()})
    _finish(second)
    assert not torch.equal(whole.model.head.weight, second.model.head.weight)


@pytest.mark.parametrize(
    "other",
    [{"origin": ("other data", "code")}, {"origin": ("data", "edited code")},
     {"config": replace(CONFIG, batch=5)}, {"seed": 4}],
)  # fmt: skip
def test_a_run_goes_on_only_from_its_own_state(tmp_path: Path, other: dict) -> None:
    """Same sizes, knobs, seed, data and code; anything else starts anew."""

    def scratch(
        config: TrainConfig = CONFIG, seed: int = 3, origin: tuple[str, ...] = ("data", "code")
    ) -> Scratch:
        trainer = Trainer(GPT(SIZES), TOKENS[:500], TOKENS[500:], config, seed)
        return Scratch(tmp_path, trainer, *origin)

    first = scratch()
    first.trainer.evaluate()
    first.keep()
    assert scratch().resume()
    assert not scratch(**other).resume()


def test_a_state_of_other_settings_is_not_taken(tmp_path: Path) -> None:
    save_state(tmp_path / "state.pt", "these settings", _trainer().state())
    assert open_state(tmp_path / "state.pt", "other settings") is None
    assert open_state(tmp_path / "missing.pt", "these settings") is None
