"""The loop: what it draws, what it averages, how it cools down, and that it resumes bit for bit."""

import pytest
import torch

from groundwork.diffusion import TrainConfig, Trainer, UNet, linear_schedule, training
from groundwork.diffusion.io import fit, scaled, state_key
from groundwork.diffusion.training import (
    Averages,
    check_range,
    held_out_loss,
    rate_share,
    stratified_steps,
)

CONFIG = TrainConfig(12, batch=8, warmup=2, cooldown=4, ema=0.9, evaluate_every=4)


def trainer(model, images, config=CONFIG, seed=0):
    fresh = UNet(model.config)
    fresh.load_state_dict(model.state_dict())
    return Trainer(fresh, images[:48], images[48:], config, seed)


def weights(run):
    return torch.cat([p.detach().flatten() for p in run.model.parameters()])


def test_the_rate_rises_holds_and_falls_to_zero():
    config = TrainConfig(100, learning_rate=1.0, warmup=10, cooldown=20)
    rates = [rate_share(config, i) for i in range(101)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[10:81] == [1.0] * 71
    assert rates[90] == pytest.approx(0.5)
    assert rates[100] == 0


def test_the_plateau_does_not_depend_on_where_the_run_will_end():
    short, long = TrainConfig(50, warmup=5, cooldown=10), TrainConfig(900, warmup=5)
    assert [rate_share(short, i) for i in range(40)] == [rate_share(long, i) for i in range(40)]


def test_time_steps_are_uniform_and_one_from_each_stratum():
    generator = torch.Generator().manual_seed(0)
    draws = torch.stack([stratified_steps(10, 50, generator) for _ in range(2000)])
    strata = ((draws - 1) // 5).sort(dim=1).values
    assert torch.equal(strata, torch.arange(10).expand(2000, 10))
    counts = torch.bincount(draws.flatten(), minlength=51)
    assert counts[0] == 0
    assert (counts[1:] - 400).abs().max() < 100  # five standard errors
    first = torch.bincount((draws[:, 0] - 1) // 5, minlength=10)
    assert (first - 200).abs().max() < 70  # no place in the batch favours a time


def test_time_steps_that_never_reach_the_last_are_caught(mutant):
    """Planted: t from 0 … T − 1, an index where a time is meant."""
    wrong = mutant(training, ".clamp(max=steps - 1) + 1", ".clamp(max=steps - 1)")
    generator = torch.Generator().manual_seed(0)
    draws = wrong.stratified_steps(500, 50, generator)
    assert int(draws.min()) == 0
    assert int(draws.max()) == 49


def test_averages_are_a_weighted_mean_of_what_was_seen(small):
    kept, seen = Averages(small, 0.8), []
    with pytest.raises(ValueError, match="no weights"):
        kept.weights()
    for k in range(4):
        with torch.no_grad():
            small.head.bias.fill_(float(k + 1))
        kept.update(small)
        seen.append(k + 1.0)
    shares = torch.tensor([0.8 ** (3 - k) for k in range(4)])
    wanted = float((shares / shares.sum() * torch.tensor(seen)).sum())
    assert float(kept.weights()["head.bias"]) == pytest.approx(wanted, rel=1e-5)


def test_averages_that_keep_their_start_are_caught(mutant, small):
    """Planted: no correction. After one update the average must be the weights themselves."""
    wrong = mutant(training, "share = 1 - self.decay**self.count", "share = 1.0")
    for module, red in ((training, False), (wrong, True)):
        kept = module.Averages(small, 0.99)
        kept.update(small)
        found = kept.weights()["stem.weight"]
        assert torch.allclose(found, small.stem.weight, rtol=1e-4) is not red


def test_training_lowers_the_loss(small, images):
    config = TrainConfig(60, batch=16, warmup=5, cooldown=20, ema=0.0, evaluate_every=60)
    run = trainer(small, images, config)
    before = held_out_loss(run.model, images[48:])[0].mean()
    for _ in run.run():
        pass
    assert held_out_loss(run.model, images[48:])[0].mean() < 0.7 * before


def test_every_image_is_seen_once_an_epoch(small, images):
    run = trainer(small, images)
    rows = torch.cat([run.batch(i)[0] for i in range(6)])  # 6 × 8 of 48 images
    assert len(torch.unique(rows.flatten(1), dim=0)) == 48


def test_killed_and_resumed_equals_uninterrupted(small, images, tmp_path):
    """From a state on disk in the middle of a cool-down; weights, averages and curve, bit for bit."""
    whole = trainer(small, images)
    for _ in whole.run():
        pass
    broken = trainer(small, images)
    path, key = tmp_path / "state.pt", state_key(broken, "data")
    steps = broken.run()
    for _ in range(9):
        next(steps)
    from groundwork.diffusion.io import save_state

    save_state(path, key, broken.state())
    resumed, lines = trainer(small, images, seed=0), []
    fit(resumed, path, key, report=lines.append)
    assert lines[0] == "going on after update 9"
    assert torch.equal(weights(resumed), weights(whole))
    for name, value in whole.averages.weights().items():
        assert torch.equal(resumed.averages.weights()[name], value)
    assert [e.validation for e in resumed.evaluations] == [e.validation for e in whole.evaluations]


def test_a_branch_leaves_the_plateau_as_it_was(small, images):
    """Cooling a copy down must not touch the run that goes on."""
    plateau = trainer(small, images, TrainConfig(6, batch=8, warmup=2, ema=0.9))
    for _ in plateau.run():
        pass
    before, average = weights(plateau).clone(), plateau.averages.weights()["head.weight"].clone()
    cooled = trainer(small, images, TrainConfig(10, batch=8, warmup=2, cooldown=4, ema=0.9))
    cooled.restore(plateau.state())
    for _ in cooled.run():
        pass
    assert torch.equal(weights(plateau), before)
    assert torch.equal(plateau.averages.weights()["head.weight"], average)
    assert not torch.equal(weights(cooled), before)


def test_a_state_of_another_run_is_not_taken(small, images, tmp_path):
    run = trainer(small, images)
    fit(run, tmp_path / "state.pt", state_key(run, "these images"), report=print)
    other, lines = trainer(small, images), []
    fit(other, tmp_path / "state.pt", state_key(other, "those images"), report=lines.append)
    assert not any("going on" in line for line in lines)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.rand(4, 1, 8, 8), r"scale bytes|Scale bytes"),  # [0, 1], the planted fault
        (torch.rand(4, 1, 8, 8) * 255, "Scale bytes"),
        (torch.rand(4, 8, 8) - 0.5, r"\(N, 1, H, W\)"),
        (torch.rand(4, 3, 8, 8) - 0.5, r"\(N, 1, H, W\)"),
    ],
)
def test_images_of_another_range_or_shape_are_refused(images, words):
    with pytest.raises(ValueError, match=words):
        check_range(images)


def test_bytes_become_the_whole_range():
    import numpy as np

    found = scaled(np.array([[[0, 255], [51, 204]]], dtype=np.uint8))
    assert found.flatten().tolist() == pytest.approx([-1, 1, -0.6, 0.6], abs=1e-6)
    with pytest.raises(ValueError, match="must be bytes"):
        scaled(np.zeros((1, 2, 2)))


def test_knobs_that_leave_no_run_are_refused():
    with pytest.raises(ValueError, match="do not fit into 10"):
        TrainConfig(10, warmup=6, cooldown=6)
    with pytest.raises(ValueError, match="averaged weights"):
        TrainConfig(10, warmup=0, ema=1.0)


def test_a_loss_that_is_no_number_stops_the_run(small, images):
    run = trainer(small, images)
    with torch.no_grad():
        run.model.head.bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="update 1"):
        next(run.run())


def test_the_held_out_loss_of_the_true_noise_is_zero(images):
    """A model that knows x_0 and returns the noise: the loss is exactly what is left."""

    class Knows(torch.nn.Module):
        schedule = linear_schedule(50, 2e-3, 0.4)

        def __init__(self):
            super().__init__()
            self.place, self.unused = 0, torch.nn.Parameter(torch.zeros(1))

        def forward(self, x, t):
            level = self.schedule.alpha_bar[t].float().reshape(-1, 1, 1, 1)
            x0 = images[self.place : self.place + len(x)]
            self.place += len(x)
            return (x - level.sqrt() * x0) / (1 - level).sqrt()

    losses, t = held_out_loss(Knows(), images, batch=20)
    assert float(losses.max()) < 1e-9
    assert len(t) == 64
