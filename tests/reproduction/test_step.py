"""The fast step equals the plain one on the same draws; planted faults in it are noticed."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from groundwork.reproduction import fast, model, oracle
from groundwork.reproduction.oracle import Problem

CASES = [
    Problem(120, width, 256, alpha, gamma, bias, 1)
    for width, alpha, gamma, bias in (
        (10, 1.0, -5 / 9, 1.0),
        (16, 0.0, 1 / 3, 1.0),
        (25, 2.0, -5 / 9, 0.0),
    )
]


@pytest.mark.parametrize("case", CASES)
def test_gradients_equal_autograd_and_differences(case):
    exact, differences = oracle.gradient_errors(case)
    assert exact < 1e-5
    assert differences < 1e-5


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("warm", [0, 600])
def test_a_step_equals_the_plain_one_on_the_same_draws(case, warm):
    apart, losses = oracle.step_differences(case, range(warm, warm + 5), warm)
    assert apart < 1e-5
    assert losses < 1e-5


def test_training_is_its_steps_in_turn():
    case, training = CASES[0], model.Training(-0.5, batch=64)
    one, two = case.state(), case.state()
    fast.train(one, training, case.frequency(), 5, range(8))
    for step in range(8):
        batch = fast.draw(case.frequency(), 64, seed=5, stream=fast.TRAIN, step=step)
        fast.train_step(two, training, step, batch)
    np.testing.assert_array_equal(one.weights, two.weights)
    np.testing.assert_array_equal(one.moments, two.moments)


def test_at_zero_the_relu_passes_nothing():
    state = fast.State(np.zeros((20, 4)), np.zeros(20))
    batch = fast.draw(model.chances(20, 1.0, 1.0), 50, seed=0, stream=9, step=0)
    weights, bias, loss = fast.gradient(state, batch)
    assert not weights.any()
    assert not bias.any()
    assert loss > 0


@pytest.mark.parametrize("gamma", [-0.5, 0.5])
def test_decay_of_the_plain_step_is_the_papers_equation(gamma):
    rows = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    model.decay(rows, 0.1, gamma)
    norms = (1 - 0.1 * gamma) * torch.tensor([5.0, 0.5])
    if gamma < 0:  # W + η |γ| W (1/|W| - 1)
        norms = torch.tensor([5 + 0.05 * (1 - 5), 0.5 + 0.05 * (1 - 0.5)])
    assert rows.norm(dim=1).numpy() == pytest.approx(norms.numpy(), rel=1e-6)


def test_rates_rise_to_the_highest_and_end_at_the_floor():
    training = model.Training(0.0)
    rates = [model.learning_rate(training, step) for step in (0, 1999, 2000, 19_999)]
    assert rates == pytest.approx([5e-6, 1e-2, 1e-2, 5e-4])


def test_bad_arrays_are_refused_and_nothing_changes():
    state, before = CASES[0].state(), CASES[0].state()
    twice = fast.Batch(
        np.array([0, 2], np.int32), np.array([3, 3], np.int32), np.ones(2, np.float32)
    )
    with pytest.raises(ValueError, match="twice"):
        fast.train_step(state, model.Training(0.1), 0, twice)
    with pytest.raises(ValueError, match="in the schedule"):
        fast.train_step(state, model.Training(0.1), 20_000, CASES[0].draw(0))
    with pytest.raises(ValueError, match="probabilities for"):
        fast.train(state, model.Training(0.1), np.ones(3) / 3, 0, range(1))
    np.testing.assert_array_equal(state.weights, before.weights)


FAULTS = {
    "decay after the update": ("api.cpp", "best().apply(own.state, update(*settings, step));",
        "auto u = update(*settings, step); const float g = u.decay; u.decay = 0;"
        "best().apply(own.state, u); u.decay = g; u.rate = u.rate; State &s = own.state;"
        "for (Index i = 0; i < s.n * s.stride; ++i) s.values[static_cast<std::size_t>(i)] *="
        " 1 - u.rate * (g > 0 ? g : 0);"),
    "mean for sum": ("kernel.cpp", "return loss / static_cast<double>(batch.samples);",
        "return loss / static_cast<double>(batch.samples * state.n);"),
    "non-strict mask": ("kernel.cpp", "if (column < panel_width && y[column] > 0) {",
        "if (column < panel_width) {"),
    "no learning-rate floor": ("api.cpp", "(s.min_lr_ratio + (1 - s.min_lr_ratio) * 0.5 *",
        "(0 + (1 - 0) * 0.5 *"),
    "encoder's gradient forgotten": ("kernel.cpp", "to[j] += scale * from[j];", "to[j] += 0 * from[j];"),
}  # fmt: skip

WATCH = """
from groundwork.reproduction import oracle
from groundwork.reproduction.oracle import Problem
late = [oracle.step_differences(Problem(60, 8, 128, 1.0, g, 1.0, 1), range(19990, 19993)) for g in (-0.5, 0.5)]
early = [oracle.step_differences(Problem(60, 8, 128, 1.0, g, 1.0, 1), range(1900, 1903)) for g in (-0.5, 0.5)]
print(max(max(one) for one in late + early))
"""


def watch(folder) -> float:
    environment = {**os.environ, "GROUNDWORK_NATIVE": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", WATCH], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_the_unharmed_library_passes_the_watch(built):
    assert watch(built) < 1e-5


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault, mutated):
    assert watch(mutated(*FAULTS[fault])) > 1e-5
