"""The graph: topological order, accumulation, aliasing, memory, modes, errors."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from groundwork.autograd import Tensor, as_tensor, concatenate, gradients, no_grad, trace, where
from groundwork.autograd.graph import Node


def test_diamond_and_repeated_use_accumulate() -> None:
    """x·x, x + x and a value with three consumers: contributions add up.

    Checks Theorem thm-reverse.
    """
    x = Tensor(3.0, requires_grad=True)
    y = x * x
    (y * y + y + x + x).backward()
    assert float(x.grad) == 4 * 27 + 6 + 2


def test_backward_adds_to_an_earlier_gradient() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    earlier = x.grad
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [5, 7])
    np.testing.assert_array_equal(earlier.data, [3, 3])  # whoever holds it sees no change


@pytest.mark.parametrize("width", [1, 3])
def test_a_chain_of_100000_operations(width: int) -> None:
    """Forward, backward and release, without recursion.

    Checks Theorem thm-reverse: each node is visited once, so 2^100000 paths cost 100,000 visits.
    """
    x = Tensor(np.ones(width), requires_grad=True)
    y = x
    for step in range(50_000):
        y = y * 0.5 + y * 0.5 if step < 1000 else (y + 1.0) - 1.0
    y.sum().backward()
    np.testing.assert_allclose(x.grad.data, 1, rtol=1e-9)
    z = x
    for _ in range(100_000):
        z = z * 1.0
    del z  # a chain that is dropped without a backward pass goes without recursion too


def test_each_node_is_visited_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a ladder with 2^40 paths, the walk pulls each node once, consumers first."""
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(40):
        y = y + y
    visited = []
    pull = Node.pull
    monkeypatch.setattr(Node, "pull", lambda node, *a: visited.append(node) or pull(node, *a))
    y.backward()
    assert len(visited) == len(set(visited)) == 40
    assert float(x.grad) == 2.0**40


def test_gradients_share_no_memory() -> None:
    """Leaves' gradients alias neither each other, nor the data, nor the seed."""
    a, b = (Tensor(np.ones((2, 3)), requires_grad=True) for _ in range(2))
    seed = np.ones((3, 2))
    joined = concatenate([a + b, a.reshape(3, 2).T, where(np.eye(2, 3) > 0, a, b)], axis=1)
    (joined[:, :3].T + joined[:, 3:6].T + joined[:, 6:].transpose()).backward(seed)
    arrays = [a.grad.data, b.grad.data, a.data, b.data, seed]
    for i, first in enumerate(arrays):
        assert not any(np.shares_memory(first, other) for other in arrays[i + 1 :])
    leaf = Tensor(np.ones(2), requires_grad=True)
    start = np.ones(2)
    leaf.backward(start)
    assert not np.shares_memory(leaf.grad.data, start)
    for create_graph in (False, True):
        p, q = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
        (p + q).backward(np.ones(2), create_graph=create_graph)
        assert not np.shares_memory(p.grad.data, q.grad.data)


def test_a_change_in_place_before_backward_is_refused() -> None:
    """Also through a view's base, and also for a recorded result's own array."""
    w = Tensor(np.ones((2, 2)), requires_grad=True)
    product = (Tensor(np.ones((2, 2)), requires_grad=True) @ w.T).sum()
    w.data -= 0.5
    with pytest.raises(RuntimeError, match=r"matmul: an operand's data was changed"):
        product.backward()
    with pytest.raises(ValueError, match="read-only"):
        (w * 2).data[0] = 3.0
    with no_grad():
        free = w * 2
    free.data[0] = 3.0  # nothing remembers this one
    total = (w + 1).sum()  # the derivative of + reads no value, so a change does no harm
    w.data -= 0.5
    total.backward()
    np.testing.assert_array_equal(w.grad.data, 1)
    picked = (w[[0, 1]] ** 2).sum()  # a copy, which no change of w can reach
    w.data -= 1.0
    picked.backward()


def test_a_refused_backward_leaves_the_graph() -> None:
    """The refusal comes before anything is freed, and says the same the second time."""
    w = Tensor(np.ones(2), requires_grad=True)
    loss = ((w * w).exp() + 1.0).sum()
    w.data -= 0.5
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"multiply: an operand's data was changed"):
            loss.backward()
    assert w.grad is None


def test_tensor_copies_and_as_tensor_shares() -> None:
    array = np.ones(3)
    copied, shared = Tensor(array), as_tensor(array)
    array[0] = 5
    assert copied.data[0] == 1
    assert shared.data[0] == 5


def test_the_graph_is_freed_by_backward() -> None:
    """Intermediate values go with the walk; a second walk says why it cannot be."""
    x = Tensor(np.ones(4), requires_grad=True)
    middle = x.exp()
    watched = weakref.ref(middle)
    loss = (middle * middle).sum()
    gc.disable()
    try:
        del middle
        assert watched() is not None
        loss.backward()
        assert watched() is None  # by reference counts alone: the graph holds no cycle
    finally:
        gc.enable()
    with pytest.raises(RuntimeError, match="graph was freed"):
        loss.backward()


def test_memory_is_released() -> None:
    """After backward the traced memory is that of the leaves and their gradients."""
    x = Tensor(np.ones(100_000), requires_grad=True)

    def work() -> None:
        y = x
        for _ in range(20):
            y = (y * 1.01).tanh()
        y.sum().backward()
        x.grad = None

    work()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(3):
        work()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    assert peak - before > 15 * x.data.nbytes
    assert after - before < 0.05 * x.data.nbytes  # (CPython keeps some emptied tuples for reuse)
    assert gc.collect() == 0  # nothing was left to the cycle collector


def test_values_that_no_rule_reads_are_not_kept() -> None:
    """Of a chain of additions nothing needs to be remembered but shapes."""
    x = Tensor(np.ones(100_000), requires_grad=True)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    y = x
    for _ in range(50):
        y = y + 1.0
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1.5 * x.data.nbytes


def test_no_grad_detach_and_constants() -> None:
    x = Tensor(np.ones(2), requires_grad=True)

    @no_grad()
    def doubled() -> Tensor:
        return x * 2

    assert not doubled().requires_grad
    with no_grad():
        with no_grad():
            pass
        assert not (x * 2).requires_grad  # the inner block's end does not end the outer one
    assert (x * 2).requires_grad
    assert not x.detach().requires_grad
    assert not (Tensor(1.0) + Tensor(2.0)).requires_grad
    (x * x.detach()).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 1)


def test_gradients_leaves_grad_alone() -> None:
    """Also a Hessian-vector product: ∇(∇f·v) for f = Σx³ is 6xv."""
    x, other = Tensor([1.0, 2.0], requires_grad=True), Tensor(1.0, requires_grad=True)
    (first,) = gradients((x**3).sum(), [x], create_graph=True)
    second, nothing = gradients((first * np.array([1.0, -1.0])).sum(), [x, other])
    np.testing.assert_allclose(second.data, [6, -12])
    assert float(nothing) == 0
    assert x.grad is None


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (
            lambda x: x @ x,
            ValueError,
            r"matmul of \(2, 3\) and \(2, 3\).*expected \(\.\.\., n, k\)",
        ),
        (lambda x: x + np.ones(4), ValueError, r"add of \(2, 3\) and \(4,\).*broadcast"),
        (lambda x: x.reshape(7), ValueError, r"reshape of \(2, 3\).*as many entries"),
        (lambda x: x.sum(axis=2), ValueError, r"sum of \(2, 3\).*axis 2"),
        (lambda x: x[5], IndexError, r"getitem of \(2, 3\).*index 5"),
        (lambda x: x.backward(), ValueError, r"shape \(2, 3\).*expects a gradient"),
        (lambda x: x.backward(np.ones(3)), ValueError, r"shape \(2, 3\), not \(3,\)"),
        (lambda _: Tensor(1.0).backward(), RuntimeError, "requires_grad=True"),
        (lambda _: Tensor([1j]), TypeError, "real numbers, not complex128"),
        (lambda x: concatenate([x, x[0]]), ValueError, "equally many axes"),
        (lambda x: concatenate([x, x.T]), ValueError, r"\(2, 3\) and \(3, 2\).*all but axis 0"),
        (lambda x: concatenate([x, x], axis=2), ValueError, "no such axis"),
        (lambda x: x.transpose(0, 0), ValueError, r"transpose of \(2, 3\).*each axis"),
        (lambda x: x.transpose(3, 0), ValueError, r"transpose of \(2, 3\).*axis 3"),
        (lambda x: x.swapaxes(0, 4), ValueError, "swapaxes: axis 4"),
    ],
)
def test_errors_say_what_was_expected(act, kind, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(kind, match=words):
        act(Tensor(np.ones((2, 3)), requires_grad=True))


def test_arrays_and_numbers_on_either_side() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for y in (np.ones(2) * x, x * np.ones(2), [1, 1] * x, 1 * x, np.float64(1) * x):
        assert isinstance(y, Tensor)
    assert isinstance(np.eye(2) @ x, Tensor)
    np.testing.assert_array_equal(np.asarray(2 - x), [1, 0])
    np.testing.assert_array_equal((2**x).data, [2, 4])
    assert [float(entry) for entry in x] == [1.0, 2.0]
    assert len(x) == 2
    assert bool(x[0] == 1)


def test_trace_listens_only_within_its_block() -> None:
    x = Tensor(np.ones(2), requires_grad=True)
    with trace() as tape:
        (x * x).sum().backward()
    (x * x).sum().backward()
    assert tape.counts == {
        ("forward", "multiply"): 1,
        ("forward", "sum"): 1,
        ("backward", "multiply"): 2,
        ("backward", "sum"): 1,
    }
    assert [entry.name for entry in tape.entries] == ["multiply", "sum"]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 4), (2, 3, 4)])
def test_a_transpose_is_differentiated_twice(shape):
    """The second walk transposes tensors, by axes that NumPy made."""
    x = Tensor(np.arange(float(np.prod(shape))).reshape(shape), requires_grad=True)
    (first,) = gradients((x.transpose() ** 3).sum(), [x], create_graph=True)
    (second,) = gradients(first.sum(), [x])
    np.testing.assert_allclose(second.data, 6 * x.data)
