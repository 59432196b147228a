"""The same training step at the cost of the features that occur: Python's side of the C++ kernel.

A batch is sparse: at an activation density of 1, a sample of 1000 features has one that is on.
`native/reproduction/kernel.cpp` says how a step uses that.
"""

import ctypes
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.core.native import library
from groundwork.reproduction.model import Training

TRAIN, TEST = 1, 2  # streams: no batch of one is ever a batch of the other


class _Model(ctypes.Structure):
    _fields_ = [
        ("features", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("moments", ctypes.c_void_p),
    ]


class _Training(ctypes.Structure):
    _fields_ = [
        ("batch", ctypes.c_int64),
        ("steps", ctypes.c_int64),
        ("warmup_steps", ctypes.c_int64),
        ("learning_rate", ctypes.c_double),
        ("min_lr_ratio", ctypes.c_double),
        ("weight_decay", ctypes.c_double),
        ("beta1", ctypes.c_double),
        ("beta2", ctypes.c_double),
        ("epsilon", ctypes.c_double),
    ]


class _Batch(ctypes.Structure):
    _fields_ = [
        ("samples", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("features", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
    ]


class _Draw(ctypes.Structure):
    _fields_ = [
        ("seed", ctypes.c_uint64),
        ("stream", ctypes.c_uint64),
        ("step", ctypes.c_uint64),
    ]


@dataclass(frozen=True)
class Batch:
    """Samples by their nonzero entries: sample s has features[offsets[s]:offsets[s + 1]]."""

    offsets: NDArray[np.int32]
    features: NDArray[np.int32]
    values: NDArray[np.float32]

    def dense(self, features: int) -> NDArray[np.float32]:
        """The samples as rows, zeros included: (B, n)."""
        x = np.zeros((len(self.offsets) - 1, features), np.float32)
        x[np.repeat(np.arange(len(x)), np.diff(self.offsets)), self.features] = self.values
        return x

    def _struct(self) -> _Batch:
        return _Batch(
            len(self.offsets) - 1, *map(_address, (self.offsets, self.features, self.values))
        )


class State:
    """Weights, biases and Adam's moments of one model, all float32.

    Shapes: weights (n, m), bias (n,), moments (2, n·m + n).
    """

    def __init__(self, weights: NDArray[np.floating], bias: NDArray[np.floating]) -> None:
        self.weights = np.array(weights, np.float32, order="C")
        self.bias = np.array(bias, np.float32, order="C")
        if self.weights.ndim != 2 or self.bias.shape != self.weights.shape[:1]:
            raise ValueError("a model has weights (n, m) and a bias (n,)")
        self.moments = np.zeros((2, self.weights.size + self.bias.size), np.float32)

    def _struct(self) -> _Model:
        return _Model(*self.weights.shape, *map(_address, (self.weights, self.bias, self.moments)))


def draw(
    probabilities: NDArray[np.float64], samples: int, *, seed: int, stream: int, step: int
) -> Batch:
    """The batch of (seed, stream, step): always the same one, in expected time B · density + n."""
    probabilities = np.ascontiguousarray(probabilities, np.float64)
    expected = samples * float(probabilities.sum())
    room = int(expected + 20 * np.sqrt(expected) + 100)  # 20 standard deviations
    offsets = np.empty(samples + 1, np.int32)
    features, values = np.empty(room, np.int32), np.empty(room, np.float32)
    count = ctypes.c_int64()
    _call(
        "gwr_sample",
        ctypes.c_int64(len(probabilities)),
        ctypes.c_void_p(_address(probabilities)),
        ctypes.c_int64(samples),
        ctypes.byref(_Draw(seed, stream, step)),
        ctypes.c_int64(room),
        *(ctypes.c_void_p(_address(array)) for array in (offsets, features, values)),
        ctypes.byref(count),
    )
    return Batch(offsets, features[: count.value], values[: count.value])


def loss(state: State, batch: Batch) -> float:
    """The reported loss: squared error summed over features, mean over the batch's samples."""
    value = ctypes.c_double()
    _call("gwr_loss", *map(ctypes.byref, (state._struct(), batch._struct(), value)))
    return value.value


def gradient(state: State, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Gradients by W (n, m) and b (n,) of the mean over samples and features; the reported loss."""
    weights, bias = np.empty_like(state.weights), np.empty_like(state.bias)
    value = ctypes.c_double()
    _call(
        "gwr_gradient",
        *map(ctypes.byref, (state._struct(), batch._struct())),
        *(ctypes.c_void_p(_address(array)) for array in (weights, bias)),
        ctypes.byref(value),
    )
    return weights, bias, value.value


def train_step(state: State, training: Training, step: int, batch: Batch) -> float:
    """One step (from 0) of the schedule on this batch, in place; the reported loss before it."""
    value = ctypes.c_double()
    _call(
        "gwr_step",
        *map(ctypes.byref, (state._struct(), _training(training))),
        ctypes.c_int64(step),
        ctypes.byref(batch._struct()),
        ctypes.byref(value),
    )
    return value.value


def train(
    state: State,
    training: Training,
    probabilities: NDArray[np.float64],
    seed: int,
    steps: range,
) -> NDArray[np.float64]:
    """Steps of the schedule on the batches of the training stream, in place; their losses."""
    probabilities = np.ascontiguousarray(probabilities, np.float64)
    if len(probabilities) != len(state.bias):
        raise ValueError(f"{len(probabilities)} probabilities for {len(state.bias)} features")
    losses = np.empty(len(steps))
    _call(
        "gwr_train",
        *map(ctypes.byref, (state._struct(), _training(training))),
        ctypes.c_void_p(_address(probabilities)),
        ctypes.c_uint64(seed),
        ctypes.c_uint64(TRAIN),
        ctypes.c_int64(steps.start),
        ctypes.c_int64(steps.stop),
        ctypes.c_void_p(_address(losses)),
    )
    return losses


def test_losses(
    state: State, probabilities: NDArray[np.float64], *, seed: int, batch: int, batches: int
) -> NDArray[np.float64]:
    """Reported losses on new batches, of the test stream: (batches,)."""
    return np.array(
        [
            loss(state, draw(probabilities, batch, seed=seed, stream=TEST, step=number))
            for number in range(batches)
        ]
    )


def _training(training: Training) -> _Training:
    return _Training(**{field.name: getattr(training, field.name) for field in fields(training)})


def _address(array: NDArray[Any]) -> int:
    return int(array.ctypes.data)


@cache
def _library() -> ctypes.CDLL:
    loaded = library("reproduction")
    loaded.groundwork_last_error.restype = ctypes.c_char_p
    return loaded


def _call(name: str, *arguments: Any) -> None:
    status = getattr(_library(), name)(*arguments)
    if status:
        kind = {1: ValueError, 2: MemoryError}.get(status, RuntimeError)
        raise kind(_library().groundwork_last_error().decode())
