"""Every operation against PyTorch in float64 and against central differences."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.autograd import Tensor, grad_check, graph, rules
from groundwork.autograd.check import GradientError
from groundwork.autograd.oracle import CASES, central, compare

LIMIT = 1e-9


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_agrees_with_pytorch(name: str, seed: int) -> None:
    """Values, gradients and second derivatives over random broadcast shapes.

    Checks Theorem thm-broadcast and Proposition prp-twice.
    """
    errors = compare(CASES[name](np.random.default_rng(seed)))
    assert errors.value <= LIMIT
    assert errors.gradient <= LIMIT
    assert errors.second <= LIMIT


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_central_differences(name: str) -> None:
    """The oracle that shares no code with PyTorch (max has no derivative at ties: left out)."""
    tried = 0
    for seed in range(12):
        pair = CASES[name](np.random.default_rng([9, seed]))
        if name == "max" and any(len(np.unique(x)) < x.size for x in pair[2]):
            continue
        assert central(pair) <= 1e-6
        tried += 1
    assert tried >= 4


def test_the_cases_cover_the_awkward_shapes() -> None:
    """Zero-size arrays, 0-d arrays, scattered memory and repeated indices do occur in the cases."""
    inputs = [x for n in CASES for i in range(60) for x in CASES[n](np.random.default_rng(i))[2]]
    assert sum(x.size == 0 for x in inputs) >= 20
    assert sum(x.ndim == 0 for x in inputs) >= 50
    assert sum(not x.flags.c_contiguous for x in inputs) >= 50


def test_second_derivative_of_a_polynomial_is_exact() -> None:
    """d³(x⁴)/dx³ = 24x, by differentiating the backward pass twice."""
    x = Tensor([2.0, -3.0], requires_grad=True)
    (x**4).sum().backward(create_graph=True)
    for _ in range(2):
        gradient, x.grad = x.grad, None
        assert gradient is not None
        gradient.sum().backward(create_graph=True)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.data, 24 * x.data, rtol=1e-14)


def test_axes_and_indices_may_be_numpy_integers() -> None:
    x = Tensor(np.ones((2, 3, 4)), requires_grad=True)
    axis, last = np.int64(1), np.int32(-1)
    (x.sum(axis=axis) + x.mean(axis=(axis,)) + x.max(axis=axis)).sum().backward()
    np.testing.assert_allclose(x.grad.data, 1 + 1 / 3 + 1 / 3)
    x.grad = None
    (x.transpose(last, 0, axis).swapaxes(last, 0)[axis] * 2.0).sum().backward()
    np.testing.assert_array_equal(x.grad.data.sum(axis=(0, 2)), [0, 16, 0])


def test_kept_dtype() -> None:
    """float32 stays float32 with plain numbers, and a float32 leaf's gradient is float32."""
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    wide = Tensor(np.ones(3))
    y = ((2.0 * x - 1) / 3 + np.float64(0.5)) ** 2
    assert y.dtype == np.float32
    for z in (x.softmax(), x.log_softmax(), x.max(axis=0), x.mean(), x.relu(), x[[0, 0]], x.tanh()):
        assert z.dtype == np.float32
    (y * wide).sum().backward()
    assert (y * wide).dtype == np.float64
    assert x.grad is not None
    assert x.grad.dtype == np.float32


def test_power_at_zero() -> None:
    """x⁰ and x² have derivative 0 at 0, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for exponent in (0, 0.0, 2, Tensor([0.0, 2.0])):
            x = Tensor([0.0, 0.0], requires_grad=True)
            (x**exponent).sum().backward()
            assert x.grad is not None
            np.testing.assert_array_equal(x.grad.data, 0)


# ---- planted faults: the oracle must go red ---------------------------------------------------


def _worst(name: str, cases: int = 60) -> float:
    """The largest gradient error of an operation, infinite where shapes already differ."""
    worst = 0.0
    for seed in range(cases):
        try:
            worst = max(
                worst, compare(CASES[name](np.random.default_rng(seed)), second=False).gradient
            )
        except (AssertionError, ValueError):
            return np.inf
    return worst


def test_fault_unbroadcast_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broadcast gradients averaged, or cut to the first copy, instead of summed."""
    assert _worst("multiply") <= LIMIT

    def mean_of_copies(gradient, operand):  # type: ignore[no-untyped-def]
        extra = gradient.ndim - len(operand.shape)
        axes = tuple(i for i in range(gradient.ndim) if i < extra or operand.shape[i - extra] == 1)
        return (
            gradient.mean(axis=axes).reshape(operand.shape)
            if gradient.size
            else fit(gradient, operand)
        )

    fit = graph.fit
    monkeypatch.setattr(graph, "fit", mean_of_copies)
    assert _worst("multiply") > 1e-3
    assert _worst("add") > 1e-3
    monkeypatch.setattr(graph, "fit", lambda gradient, _: gradient)
    assert _worst("add") == np.inf


def test_fault_overwritten_gradient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value used twice keeps just its last gradient: x·x and diamonds go wrong."""
    import inspect
    import textwrap

    source = inspect.getsource(graph.backpropagate)
    line = "total[edge] = total[edge] + part if edge in total else part"
    assert source.count(line) == 1
    planted: dict = {}
    exec(textwrap.dedent(source.replace(line, "total[edge] = part")), vars(graph), planted)
    assert _worst("diamond") <= LIMIT
    monkeypatch.setattr("groundwork.autograd.tensor.backpropagate", planted["backpropagate"])
    assert _worst("diamond") > 1e-3
    x = Tensor(3.0, requires_grad=True)
    (x * x).backward()
    assert float(x.grad) != 6.0


def test_fault_duplicate_scatter_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """`full[index] += g` pays a repeated index once."""

    def assign(a, index, shape):  # type: ignore[no-untyped-def]
        full = np.zeros(shape)
        full[index] += a
        return full

    assert _worst("getitem") <= LIMIT
    monkeypatch.setitem(rules.SCATTER.__dict__, "forward", assign)
    assert _worst("getitem") > 1e-3


@pytest.mark.parametrize("rule", ["MULTIPLY", "TANH", "SOFTMAX", "LINEAR", "MATMUL", "MAX"])
def test_fault_in_a_rule_is_caught(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative off by a factor of 1.001 is seen, in whichever operand."""
    entry = getattr(rules, rule)
    case = {"MULTIPLY": "multiply"}.get(rule, rule.lower())
    for position in range(len(entry.vjps)):
        vjps = list(entry.vjps)
        exact = vjps[position]
        vjps[position] = lambda *a, exact=exact, **o: exact(*a, **o) * 1.001
        monkeypatch.setitem(entry.__dict__, "vjps", tuple(vjps))
        assert _worst(case) > 1e-6
        monkeypatch.undo()
    assert _worst(case) <= LIMIT


def test_grad_check_goes_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """`grad_check` passes x·exp(x) and names the entry once the rule of exp is wrong."""
    x = np.linspace(-1, 1, 5)
    assert grad_check(lambda t: t * t.exp(), x) <= 1e-8
    monkeypatch.setitem(rules.EXP.__dict__, "vjps", (lambda g, out, _: g * out * 1.01,))
    with pytest.raises(GradientError, match=r"input 0, entry \(0,\)"):
        grad_check(lambda t: t * t.exp(), x)
