"""Independent answers for what training is made of; each returns an error or a probability."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from groundwork.reproduction import fast, theory
from groundwork.reproduction.model import (
    Superposition,
    Training,
    chances,
    initial,
    optimiser,
    reported_loss,
    train_step,
)


@dataclass(frozen=True)
class Problem:
    """A small training problem."""

    features: int
    width: int
    batch: int
    alpha: float
    gamma: float
    bias_std: float
    seed: int

    def frequency(self) -> NDArray[np.float64]:
        """The features' probabilities, at density 1."""
        return chances(self.features, self.alpha, 1.0)

    def state(self) -> fast.State:
        """The untrained model."""
        return fast.State(*initial(self.features, self.width, self.bias_std, self.seed))

    def draw(self, step: int) -> fast.Batch:
        """A batch of a stream that neither training nor test has."""
        return fast.draw(self.frequency(), self.batch, seed=self.seed, stream=9, step=step)


def gradient_errors(problem: Problem) -> tuple[float, float]:
    """Largest errors of the C++ gradient, relative to the largest entry: against autograd in
    float64, and against central differences of a NumPy loss in float64 at a few entries."""
    state, batch, n = problem.state(), problem.draw(0), problem.features
    x = batch.dense(n).astype(float)
    weights, bias, _ = fast.gradient(state, batch)
    model = Superposition(state.weights.astype(float), state.bias.astype(float))
    (reported_loss(model(torch.tensor(x)), torch.tensor(x)) / n).backward()  # type: ignore[no-untyped-call]
    assert model.W.grad is not None
    assert model.b.grad is not None
    truths = (model.W.grad.numpy(), model.b.grad.numpy())
    exact = max(_relative(ours, truth) for ours, truth in zip((weights, bias), truths, strict=True))
    rng = np.random.default_rng(problem.seed)
    worst = 0.0
    for _ in range(20):
        i, j = int(rng.choice(np.unique(batch.features))), int(rng.integers(problem.width))
        slope = _slope(state.weights.astype(float), state.bias.astype(float), x, i, j)
        worst = max(worst, abs(float(weights[i, j]) - slope) / float(np.abs(truths[0]).max()))
    return exact, worst


def _relative(ours: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    return float(np.abs(ours - truth).max() / np.abs(truth).max())


def _slope(
    W: NDArray[np.float64], b: NDArray[np.float64], x: NDArray[np.float64], i: int, j: int
) -> float:
    """Central difference of the mean squared error by W_ij."""
    losses, h = [], 1e-6
    for shift in (h, -h):
        moved = W.copy()
        moved[i, j] += shift
        y = np.maximum(x @ moved @ moved.T + b, 0)
        losses.append(((y - x) ** 2).mean())
    return float((losses[0] - losses[1]) / (2 * h))


def step_differences(problem: Problem, steps: range, warm: int = 0) -> tuple[float, float]:
    """Largest difference of any weight or bias after one step, fast against plain, from the same
    state on the same draws, over `steps`; and the largest relative difference of the losses.

    Every step begins from the fast form's state, so that rounding does not add up. `warm` trains
    that many steps first.
    """
    training = replace(Training(problem.gamma), batch=problem.batch)
    state = problem.state()
    if warm:
        fast.train(state, training, problem.frequency(), problem.seed, range(warm))
    apart, loss_apart = 0.0, 0.0
    for number in steps:
        model = Superposition(state.weights, state.bias)
        adam = optimiser(model, training)
        _give_moments(adam, model, state, number)
        batch = problem.draw(number)
        ours = fast.train_step(state, training, number, batch)
        plain = train_step(
            model, adam, training, number, torch.tensor(batch.dense(problem.features))
        )
        for one, other in ((model.W, state.weights), (model.b, state.bias)):
            apart = max(apart, float(np.abs(one.detach().numpy() - other).max()))
        loss_apart = max(loss_apart, abs(ours / plain - 1))
    return apart, loss_apart


def _give_moments(
    adam: torch.optim.Adam, model: Superposition, state: fast.State, step: int
) -> None:
    """Put the fast form's moments into PyTorch's optimiser."""
    ends = ((model.W, 0, state.weights.size), (model.b, state.weights.size, None))
    for parameter, begin, end in ends:
        mean, square = (
            torch.tensor(part[begin:end]).reshape(parameter.shape) for part in state.moments
        )
        adam.state[parameter] = {
            "step": torch.tensor(float(step)),
            "exp_avg": mean,
            "exp_avg_sq": square,
        }


def sampler_probabilities(
    frequency: NDArray[np.float64], samples: int, seed: int
) -> dict[str, float]:
    """Chi-square tests of one large batch: p-values, each uniform on (0, 1) if the sampler is right.

    How often each feature is on (sums of squared standard scores), how values are spread over (0, 2)
    in 20 bins, and how many samples have no feature at all, against the product of 1 - p.
    """
    batch = fast.draw(frequency, samples, seed=seed, stream=9, step=0)
    counts = np.bincount(batch.features, minlength=len(frequency))
    scores = (counts - samples * frequency) ** 2 / (samples * frequency * (1 - frequency))
    bins = np.histogram(batch.values, 20, (0, 2))[0]
    empty = int((np.diff(batch.offsets) == 0).sum())
    chance = float(np.prod(1 - frequency))
    z = (empty - samples * chance) / np.sqrt(samples * chance * (1 - chance))
    return {
        "frequencies": float(stats.chi2.sf(scores.sum(), len(frequency))),
        "values": float(stats.chisquare(bins).pvalue),
        "empty samples": float(2 * stats.norm.sf(abs(z))),
    }


def overlap_error(features: int, width: int, seeds: int) -> float:
    """Relative error of the mean squared overlap of random directions, which is 1/m exactly."""
    found = [
        theory.mean_squared_overlap(initial(features, width, 0.0, seed)[0].astype(float))
        for seed in range(seeds)
    ]
    return float(np.mean(found) * width - 1)


def initial_loss_error(problem: Problem, seeds: int) -> float:
    """Relative error of the mean loss over untrained models and data, against the closed form."""
    found = [
        fast.loss(one.state(), one.draw(0))
        for one in (replace(problem, seed=problem.seed + seed) for seed in range(seeds))
    ]
    exact = theory.initial_loss(problem.frequency(), problem.width, problem.bias_std)
    return float(np.mean(found) / exact - 1)
