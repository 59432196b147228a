"""What changes between the forward and the backward pass, and who is told: modes, saved values."""
# ruff: noqa: ARG005  (cases of one table have one signature)

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from groundwork.autograd import (
    Tensor,
    as_tensor,
    concatenate,
    gradients,
    linear,
    matmul,
    nn,
    no_grad,
    where,
)
from groundwork.autograd.training import logits_of, mlp


def recording() -> bool:
    return (Tensor(1.0, requires_grad=True) * 2).requires_grad


def test_threads_that_share_a_guard_each_get_their_own_mode_back() -> None:
    """As a decorator and as a block: entered here, then there, left here, then there."""
    guard, inside, leave = no_grad(), threading.Event(), threading.Event()

    @guard
    def waits() -> None:
        assert not recording()
        inside.set()
        assert leave.wait(10)
        assert not recording()

    def other() -> bool:
        assert recording()
        waits()
        return recording()

    with ThreadPoolExecutor(1) as pool:
        with no_grad():
            with guard:
                there = pool.submit(other)
                assert inside.wait(10)
            assert not recording()
        assert recording()
        leave.set()
        assert there.result()
        assert pool.submit(recording).result()
    assert recording()


def test_a_guard_is_left_by_an_error_and_by_recursion() -> None:
    @no_grad()
    def down(n: int) -> bool:
        assert not recording()
        if n == 0:
            raise KeyError("the end")
        return down(n - 1)

    with pytest.raises(KeyError):
        down(3)
    assert recording()


def test_a_decorated_generator_runs_its_steps_unrecorded_and_its_reader_recorded() -> None:
    closed = []

    @no_grad()
    def steps():  # type: ignore[no-untyped-def]
        try:
            assert not recording()
            got = yield 1
            assert not recording()
            try:
                yield got
            except KeyError:
                yield "caught"
            return "end"
        finally:
            closed.append(not recording())

    running = steps()
    assert next(running) == 1
    assert recording()
    assert running.send(5) == 5
    assert running.throw(KeyError()) == "caught"
    with pytest.raises(StopIteration, match="end"):
        next(running)
    half = steps()
    next(half)
    half.close()
    assert closed == [True, True]
    assert recording()
    with pytest.raises(TypeError, match="coroutine"):

        @no_grad()
        async def later() -> None: ...


def test_evaluation_gives_each_module_its_mode_back() -> None:
    model = mlp([3, 4, 2], np.random.default_rng(0), dropout=0.5)
    images = np.ones((5, 3), np.float32)
    frozen = next(part for part in model.modules() if isinstance(part, nn.Dropout))
    frozen.eval()
    logits_of(model, images)
    assert model.training
    assert not frozen.training
    model.eval()
    logits_of(model, images)
    assert not model.training


CHANGED = {
    "index array": lambda x, a, i: x[i],
    "index list": lambda x, a, i: x[i.tolist()],
    "index in a tuple": lambda x, a, i: x.reshape(2, 2)[i[:2] % 2, i[2:] % 2],
    "boolean mask": lambda x, a, i: x[a],
    "index Tensor": lambda x, a, i: x[as_tensor(i)],
    "condition": lambda x, a, i: where(a, x, -x),
    "condition in numbers": lambda x, a, i: where(i, x, -x),
    "factor": lambda x, a, i: x * i,
    "factor on the left": lambda x, a, i: i * x,
    "divisor": lambda x, a, i: x / (i + 1.0),
    "exponent": lambda x, a, i: x**i,
    "base": lambda x, a, i: i**x,
    "matrix": lambda x, a, i: x @ i,
    "matrix on the left": lambda x, a, i: np.asarray(i, float) @ x,
    "matmul": lambda x, a, i: matmul(i.reshape(2, 2), x.reshape(2, 2)),
    "linear": lambda x, a, i: linear(i.reshape(2, 2), x.reshape(2, 2), x[:2]),
    "linear of three axes": lambda x, a, i: linear(i.reshape(1, 2, 2), x.reshape(2, 2), x[:2]),
    "joined": lambda x, a, i: concatenate([x, i]) ** 2,
    "labels": lambda x, a, i: nn.cross_entropy(x.reshape(1, 4), i[:1]),
    "labels as a Tensor": lambda x, a, i: nn.cross_entropy(x.reshape(1, 4), as_tensor(i[:1])),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_gradient_is_of_what_was_computed(name: str) -> None:
    """Arrays that a graph read may be reused before the backward pass."""
    function = CHANGED[name]

    def gradient(change: bool) -> np.ndarray:
        x = Tensor([0.5, 1.5, 2.5, 3.5], requires_grad=True)
        mask, index = np.array([True, False, True, False]), np.array([3, 1, 2, 1])
        y = function(x, mask, index)
        if change:
            mask[:], index[:] = ~mask, 0
        y.backward(np.arange(1.0, y.size + 1).reshape(y.shape))
        return x.grad.data

    np.testing.assert_array_equal(gradient(True), gradient(False))


def test_a_layer_given_a_plain_array_remembers_its_values() -> None:
    layer, rows = nn.Linear(2, 3, rng=np.random.default_rng(0)), np.ones((4, 2), np.float32)
    out = layer(rows).sum()
    rows[:] = 7
    out.backward()
    np.testing.assert_array_equal(layer.weight.grad.data, 4)


def test_a_seed_may_be_reused_while_a_second_derivative_waits() -> None:
    x, seed = Tensor([1.0, 2.0], requires_grad=True), np.ones(2)
    (first,) = gradients(x**3, [x], grad=seed, create_graph=True)
    seed[:] = 100
    (second,) = gradients(first.sum(), [x])
    np.testing.assert_allclose(second.data, [6, 12])


def test_inner_tensors_have_gradients() -> None:
    """Also of views, of the result itself, given twice, and for a second derivative."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    inner = x * 2
    view = inner.reshape(1, 2)
    out = (view * view * 3).sum()
    found = gradients(out, [inner, x, inner, view, out], create_graph=True)
    for gradient, right in zip(found, ([12, 24], [24, 48], [12, 24], [[12, 24]], 1), strict=True):
        np.testing.assert_array_equal(gradient.data, right)
    (second,) = gradients(found[0].sum(), [inner], create_graph=True)
    np.testing.assert_array_equal(second.data, [6, 6])
    aside = x * 1.0
    np.testing.assert_array_equal(gradients((x * 3.0).sum(), [aside])[0].data, 0)
    inner = x * 2
    (plain,) = gradients((inner * 3.0).sum(), [inner])
    np.testing.assert_array_equal(plain.data, [3, 3])
    with pytest.raises(ValueError, match="input 1 requires no gradient"):
        gradients((x * 2).sum(), [x, Tensor(1.0)])
    with pytest.raises(TypeError, match="input 0 is a ndarray"):
        gradients((x * 2).sum(), [np.ones(2)])


@pytest.mark.parametrize("dtype", [int, bool, np.int8, "uint16"])
def test_a_cast_to_integers_has_no_derivative(dtype) -> None:  # type: ignore[no-untyped-def]
    x = Tensor([1.2, 2.7], requires_grad=True)
    cast = x.astype(dtype)
    assert not cast.requires_grad
    (x * cast.astype(float)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.array([1.2, 2.7]).astype(dtype).astype(float))
    assert x.astype(np.float32).requires_grad
    whole = Tensor([1, 2])
    whole.requires_grad = True
    with pytest.raises(TypeError, match="leaf of int"):
        (whole * 0.5).sum().backward()


@pytest.mark.parametrize(
    "act",
    [
        lambda x: x * 1j,
        lambda x: x + np.array([1j, 2]),
        lambda x: np.complex128(1j) * x,
        lambda x: x.astype(complex),
        lambda x: as_tensor(np.array([1j])),
        lambda x: as_tensor("text"),
        lambda x: Tensor([1j, 2], dtype=float),
        lambda x: Tensor(["1.5"], dtype=float),
        lambda x: setattr(x, "data", np.array([1j, 2])),
        lambda x: x.sum().backward(np.array(1j)),
        lambda x: where(True, x, 1j),
        lambda x: nn.Linear(1, 1).load_state_dict(
            {"weight": np.array([[1j]]), "bias": np.array([0.0])}
        ),
    ],
)
def test_other_than_real_numbers_are_refused(act) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match="real numbers, not"):
        act(Tensor([1.0, 2.0], requires_grad=True))


def test_a_bias_of_another_length_is_refused_and_a_refused_state_changes_nothing() -> None:
    with pytest.raises(ValueError, match=r"bias \(1,\) and weight \(3, 2\)"):
        linear(np.ones((4, 2)), Tensor(np.ones((3, 2))), Tensor(np.ones(1)))
    layer = nn.Linear(2, 2)
    before = layer.state_dict()
    with pytest.raises(ValueError, match="bias: expected"):
        layer.load_state_dict({"weight": np.zeros((2, 2)), "bias": np.zeros(3)})
    np.testing.assert_array_equal(layer.weight.data, before["weight"])
