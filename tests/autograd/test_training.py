"""Reading MNIST's files, splitting, training, and the names the room promises."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import groundwork.autograd as room
from groundwork.autograd import optim
from groundwork.autograd.io import read_idx
from groundwork.autograd.training import (
    batches,
    evaluate,
    examples,
    fit,
    learning_rate,
    mlp,
    split,
)
from groundwork.core.seeds import stream


def _digits():  # type: ignore[no-untyped-def]
    digits = load_digits()
    return examples((digits.images * 16).clip(0, 255).astype(np.uint8), digits.target)


def test_training_learns() -> None:
    """A small network on scikit-learn's digits: far above chance, and repeatable to the bit."""
    accuracies = []
    for _ in range(2):
        training, validation = split(_digits(), 300, stream(1, "split"))
        model = mlp([64, 32, 16, 10], stream(1, "init"), dropout=0.05)
        optimizer = optim.Adam(model.parameters(), lr=5e-3)
        history = fit(
            model, optimizer, training, validation, epochs=12, batch=64, rng=stream(1, "batches")
        )
        accuracies.append(history.validation_accuracy)
    assert accuracies[0] == accuracies[1]
    assert accuracies[0][-1] > 0.93
    assert history.train_loss[-1] < 0.3 * history.train_loss[0]
    assert evaluate(model, validation)[1] == accuracies[0][-1]


def test_training_on_shuffled_labels_does_not_generalise() -> None:
    """The same procedure on labels that mean nothing stays near chance: nothing leaks."""
    data = _digits()
    data.labels = np.random.default_rng(0).permutation(data.labels)
    training, validation = split(data, 500, stream(1, "split"))
    model = mlp([64, 32, 10], stream(1, "init"))
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    history = fit(
        model, optimizer, training, validation, epochs=8, batch=64, rng=stream(1, "batches")
    )
    assert history.validation_accuracy[-1] < 0.2


def test_split_is_disjoint() -> None:
    data = _digits()
    data.images[:, 0] = np.arange(len(data))  # a mark on each example
    training, validation = split(data, 100, np.random.default_rng(0))
    assert len(validation) == 100
    marks = np.concatenate([training.images[:, 0], validation.images[:, 0]])
    assert sorted(marks) == list(range(len(data)))
    with pytest.raises(ValueError, match="cannot hold"):
        split(data, len(data), np.random.default_rng(0))


def test_batches_hold_each_example_once() -> None:
    data = _digits()
    data.images[:, 0] = np.arange(len(data))
    parts = list(batches(data, 128, np.random.default_rng(0)))
    assert sorted(np.concatenate([p.images[:, 0] for p in parts])) == list(range(len(data)))
    assert {len(p) for p in parts[:-1]} == {128}


def test_learning_rate_rises_then_falls_to_zero() -> None:
    rates = [learning_rate(2.0, done) for done in np.linspace(0, 1, 201)]
    assert max(rates) == 2.0
    assert rates[0] == 0
    assert abs(rates[-1]) < 1e-12
    assert all(np.diff(rates)[11:] <= 1e-12)


def test_read_idx(tmp_path: Path) -> None:
    """Gzipped or plain; short, long and foreign files are refused by name."""
    images = np.random.default_rng(0).integers(0, 256, size=(3, 4, 5), dtype=np.uint8)
    raw = struct.pack(">IIII", 0x803, 3, 4, 5) + images.tobytes()
    path = tmp_path / "images"
    for content in (raw, gzip.compress(raw)):
        path.write_bytes(content)
        np.testing.assert_array_equal(read_idx(path), images)
    for content, words in ((raw[:-1], "59 bytes"), (raw + b"x", "61 bytes"), (b"<html>", "no IDX")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            read_idx(path)


def test_public_names() -> None:
    """The doors that assignment 4.1 lists."""
    x = room.Tensor(np.ones((2, 3)), requires_grad=True)
    for name in [
        "sum",
        "mean",
        "max",
        "exp",
        "log",
        "relu",
        "sqrt",
        "abs",
        "sigmoid",
        "numpy",
        "tanh",
        "softmax",
        "log_softmax",
        "reshape",
        "transpose",
        "matmul",
        "backward",
    ]:
        assert callable(getattr(x, name)), name
    for name in ["where", "concatenate", "no_grad", "grad_check", "Tensor"]:
        assert callable(getattr(room, name)), name
    assert room.nn.Module
    assert room.nn.Linear
    assert room.nn.Sequential
    assert room.nn.cross_entropy
    assert room.nn.mse
    assert room.optim.SGD
    assert room.optim.Adam
    assert room.optim.AdamW
    assert (x.data.shape, x.grad, x.shape, x.T.shape) == ((2, 3), None, (2, 3), (3, 2))
    assert set(room.__all__) <= set(dir(room))


def test_a_network_shows_its_layers() -> None:
    layers = [room.nn.Linear(784, 16), room.nn.Sigmoid(), room.nn.Dropout(0.5)]
    network = room.nn.Sequential(*layers, room.nn.Sequential(room.nn.Linear(16, 1, bias=False)))
    assert repr(network).splitlines() == [
        "Sequential(",
        "  (0): Linear(784, 16)",
        "  (1): Sigmoid()",
        "  (2): Dropout(0.5)",
        "  (3): Sequential(",
        "    (0): Linear(16, 1, bias=False)",
        "  )",
        ")",
    ]


def test_mse_refuses_shapes_that_would_broadcast() -> None:
    with pytest.raises(ValueError, match=r"mse of \(3, 1\) and \(3,\)"):
        room.nn.mse(room.Tensor(np.ones((3, 1))), np.ones(3))


def test_extremes_of_the_new_functions() -> None:
    x = room.Tensor([-800.0, -40.0, 0.0, 800.0], requires_grad=True)
    y = x.sigmoid()
    assert y.numpy()[0] > 0 or y.numpy()[0] == np.exp(-800)
    np.testing.assert_allclose(y.numpy()[1:], [np.exp(-40), 0.5, 1.0], rtol=1e-15)
    y.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    z = room.Tensor([-2.0, 0.0, 3.0], requires_grad=True)
    abs(z).sum().backward()
    assert z.grad.numpy().tolist() == [-1.0, 0.0, 1.0]
    assert z.numpy() is z.data
    assert room.Tensor([1.0], dtype=np.float32).sigmoid().dtype == np.float32
