"""Optimizers step by step against PyTorch; layers and the loss against PyTorch's."""

import numpy as np
import pytest
import torch

from groundwork.autograd import Tensor, nn, no_grad, optim
from groundwork.autograd.optim import BLOCK

KINDS = [
    (optim.SGD, torch.optim.SGD, {"lr": 0.1}),
    (optim.SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    (optim.Adam, torch.optim.Adam, {"lr": 0.01}),
    (optim.Adam, torch.optim.Adam, {"lr": 0.01, "betas": (0.5, 0.9), "weight_decay": 0.1}),
    (optim.AdamW, torch.optim.AdamW, {"lr": 0.01}),
    (optim.AdamW, torch.optim.AdamW, {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.3}),
]
SHAPES = [(3, 4), (), (BLOCK + 7,)]


def _difference(kind, theirs, options) -> float:  # type: ignore[no-untyped-def]
    """The largest difference of parameters over 60 steps of random gradients, some missing."""
    rng = np.random.default_rng(0)
    start = [rng.normal(size=shape) for shape in SHAPES]
    mine = [Tensor(x, requires_grad=True) for x in start]
    twins = [torch.tensor(x, requires_grad=True) for x in start]
    ours, reference = kind(mine, **options), theirs(twins, **options)
    worst = 0.0
    for step in range(60):
        for position, (p, q) in enumerate(zip(mine, twins, strict=True)):
            gradient = rng.normal(size=p.shape) * 10.0 ** rng.integers(-4, 3)
            skipped = position == 1 and step % 3 == 0
            p.grad = None if skipped else Tensor(gradient)
            q.grad = None if skipped else torch.tensor(gradient)
        ours.step()
        reference.step()
        for p, q in zip(mine, twins, strict=True):
            worst = max(worst, float(np.abs(p.data - q.detach().numpy()).max()))
    return worst


@pytest.mark.parametrize(("kind", "theirs", "options"), KINDS)
def test_steps_equal_pytorch(kind, theirs, options) -> None:  # type: ignore[no-untyped-def]
    """Checks Proposition prp-adam: every step of 60 within 1e-12 in float64."""
    assert _difference(kind, theirs, options) <= 1e-12


@pytest.mark.parametrize("wrong", [(1.0, 1.0), (0.9, 1.0)])
def test_fault_bias_correction_is_caught(wrong, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """Adam without its bias correction (of both moments, or of the second) is not Adam."""
    monkeypatch.setattr(
        optim.Adam,
        "_corrections",
        lambda self, t: tuple(
            1 - b**t if w != 1.0 else 1.0 for b, w in zip(self.betas, wrong, strict=True)
        ),
    )
    assert _difference(*KINDS[2]) > 1e-3
    assert _difference(*KINDS[4]) > 1e-3


def test_first_step_of_adam_is_the_learning_rate() -> None:
    """After one step m̂ = g and v̂ = g², so θ moves by lr·sign(g), whatever the size of g.

    Checks Proposition prp-adam.
    """
    for size in (1e-3, 1.0, 1e5):
        p = Tensor(np.zeros(2), requires_grad=True)
        p.grad = Tensor([size, -size])
        optim.Adam([p], lr=0.25).step()
        np.testing.assert_allclose(p.data, [-0.25, 0.25], rtol=1e-4)


def test_update_is_in_place_and_announced() -> None:
    p = Tensor(np.ones((2, 3)), requires_grad=True)
    array = p.data
    product = (p * p).sum()
    p.grad = Tensor(np.ones((2, 3)))
    optim.Adam([p]).step()
    assert p.data is array
    with pytest.raises(RuntimeError, match="data was changed"):
        product.backward()
    p.data = np.ones((3, 2)).T  # scattered memory: the flat view of it would be a copy
    before = p.data.copy()
    optim.SGD([p], lr=1.0).step()
    np.testing.assert_array_equal(p.data, before - 1)


def test_optimizers_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="at least one parameter"):
        optim.Adam([])
    with pytest.raises(ValueError, match="requires_grad=True"):
        optim.SGD([Tensor(1.0)])
    with pytest.raises(ValueError, match="betas"):
        optim.Adam([Tensor(1.0, requires_grad=True)], betas=(0.9, 1.0))
    p = Tensor(np.zeros(3), requires_grad=True)
    p.grad = Tensor(np.ones(1))  # would broadcast, and nobody would know
    with pytest.raises(ValueError, match=r"parameter 0 has shape \(3,\), but its gradient \(1,\)"):
        optim.Adam([p]).step()


def _twins() -> tuple[nn.Sequential, torch.nn.Sequential]:
    mine = nn.Sequential(
        nn.Linear(6, 5, rng=np.random.default_rng(0), dtype=np.float64),
        nn.Tanh(),
        nn.Linear(5, 4, rng=np.random.default_rng(1), dtype=np.float64),
        nn.ReLU(),
        nn.Linear(4, 3, bias=False, rng=np.random.default_rng(2), dtype=np.float64),
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(6, 5),
        torch.nn.Tanh(),
        torch.nn.Linear(5, 4),
        torch.nn.ReLU(),
        torch.nn.Linear(4, 3, bias=False),
    ).double()
    theirs.load_state_dict({k: torch.tensor(v) for k, v in mine.state_dict().items()})
    return mine, theirs


def test_training_equals_pytorch() -> None:
    """Thirty steps of the same MLP on the same batches: losses and parameters to 1e-10."""
    mine, theirs = _twins()
    a, b = optim.AdamW(mine.parameters(), lr=0.02), torch.optim.AdamW(theirs.parameters(), lr=0.02)
    rng = np.random.default_rng(3)
    for _ in range(30):
        x, labels = rng.normal(size=(8, 6)), rng.integers(0, 3, size=8)
        loss = nn.cross_entropy(mine(x), labels)
        twin = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels))
        assert abs(loss.item() - twin.item()) <= 1e-10
        for optimizer, value in ((a, loss), (b, twin)):
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(mine.state_dict()[name], value.numpy(), atol=1e-10)


def test_state_round_trip_and_modes() -> None:
    mine, _ = _twins()
    names = [name for name, _ in mine.named_parameters()]
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight"]
    state = mine.state_dict()
    mine.parameters()[0].data += 1
    mine.load_state_dict(state)
    np.testing.assert_array_equal(mine.parameters()[0].data, state["0.weight"])
    with pytest.raises(ValueError, match="lacks"):
        mine.load_state_dict({})
    with pytest.raises(ValueError, match=r"0\.weight: expected \(5, 6\)"):
        mine.load_state_dict({**state, "0.weight": np.ones(3)})


def test_dropout_keeps_the_mean_and_rests_in_evaluation() -> None:
    drop = nn.Dropout(0.25, rng=np.random.default_rng(0))
    x = Tensor(np.ones((400, 400)), requires_grad=True)
    y = drop(x)
    assert abs(float(y.mean()) - 1) < 0.01
    assert abs(float((y == 0).mean()) - 0.25) < 0.01
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, y.data)
    assert drop.eval()(x) is x


def test_cross_entropy_refuses_wrong_labels() -> None:
    logits = Tensor(np.zeros((2, 3)))
    with no_grad():
        assert abs(nn.cross_entropy(logits, [0, 2]).item() - np.log(3)) < 1e-15
    for labels in ([0], [0, 3], [0, -1], [0.0, 1.0]):
        with pytest.raises(ValueError, match="cross_entropy"):
            nn.cross_entropy(logits, labels)
