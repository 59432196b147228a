"""The small network: gradients, adapters, learning."""

import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.operators import finetune


def problem(seed: int = 0) -> tuple[finetune.Network, np.ndarray, np.ndarray]:
    rng = stream(seed, "problem")
    network = finetune.initialise([5, 7, 6, 3], rng)
    x = rng.standard_normal((200, 5)).astype(np.float32)
    return network, x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)


def test_gradients_against_central_differences() -> None:
    network, x, y = problem()
    wide = finetune.Network([w.astype(float) for w in network.weights],
                            [b.astype(float) for b in network.biases])  # fmt: skip
    x = x.astype(float)
    _, dw, db = finetune.gradients(wide, x, y)
    for slots, grads in ((wide.weights, dw), (wide.biases, db)):
        for slot, grad in zip(slots, grads, strict=True):
            for at in np.ndindex(*slot.shape):
                kept, step = slot[at], 1e-6
                slot[at] = kept + step
                high = finetune.gradients(wide, x, y)[0]
                slot[at] = kept - step
                low = finetune.gradients(wide, x, y)[0]
                slot[at] = kept
                assert grad[at] == pytest.approx((high - low) / (2 * step), abs=1e-7)


def test_adapters_start_at_zero_and_update_within_their_rank() -> None:
    network, x, y = problem()
    parts = finetune.adapters(network, 2, stream(0, "adapters"))
    tuned = finetune.train(network, x, y, stream(0, "tune"), epochs=3, batch=20, rate=0.1,
                           low_rank=parts)  # fmt: skip
    for new, old in zip(tuned.weights, network.weights, strict=True):
        change = np.linalg.svd((new - old).astype(float), compute_uv=False)
        assert change[0] > 1e-2
        assert change[2:].max(initial=0) <= 1e-5
    assert all((new == old).all() for new, old in zip(tuned.biases, network.biases, strict=True))


def test_training_learns_and_leaves_its_argument_alone() -> None:
    network, x, y = problem()
    before = [w.copy() for w in network.weights]
    trained = finetune.train(network, x, y, stream(0, "t"), epochs=30, batch=20, rate=0.1)
    assert finetune.accuracy(trained, x, y) > 0.95 > finetune.accuracy(network, x, y) + 0.2
    assert all((w == b).all() for w, b in zip(network.weights, before, strict=True))
