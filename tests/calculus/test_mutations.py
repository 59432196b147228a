"""Planted bugs: each must turn red the check that is there to catch it."""

import inspect

import numpy as np
import pytest

from groundwork.calculus import checks, dynamics, minigrad_tensor, optimisers
from groundwork.calculus.minigrad_tensor import softmax


def planted(module, old, new):
    """The names of `module` recompiled with one piece of its source replaced."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{old!r} is not once in {module.__name__}"
    names = {"__name__": module.__name__}
    exec(compile(source.replace(old, new), "planted", "exec"), names)
    return names


def rng():
    return np.random.default_rng(11)


def jacobian_with_the_wrong_sign(x):
    s = softmax(x)
    return np.diag(s) + np.outer(s, s)


def jacobian_without_the_outer_product(x):
    return np.diag(softmax(x))  # only the diagonal s_i, "only the diagonal derived"


def jacobian_diagonal_only(x):
    s = softmax(x)
    return np.diag(s * (1.0 - s))


@pytest.mark.parametrize(
    "mutant",
    [jacobian_with_the_wrong_sign, jacobian_without_the_outer_product, jacobian_diagonal_only],
)
def test_wrong_jacobians_are_caught(mutant):
    """thm-softmax and thm-psd go red; the true matrix passes the same calls."""
    for check, bound in ((checks.softmax_jacobian, 1e-8), (checks.null_vector, 1e-12)):
        assert check(rng(), 10).worst < bound
        assert check(rng(), 10, mutant).worst > 1e-3
    assert checks.variance(rng(), 10).worst < 1e-12
    assert checks.variance(rng(), 10, mutant).worst > 1e-3
    assert checks.rank(rng(), 10, mutant).worst > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return out * (t - _sum(", "return out * (t + _sum("),  # Jacobian sign
        ("lambda t, out, a, b: -out * t / b", "lambda t, out, a, b: out * t / b"),  # quotient rule
        ("cos: Any = primitive(np.cos, lambda t, out, x: -sin(x) * t)",
         "cos: Any = primitive(np.cos, lambda t, out, x: sin(x) * t)"),
        ("exponent * x ** (exponent - 1)", "exponent * x ** exponent"),
    ],
)  # fmt: skip
def test_wrong_differentials_are_caught(old, new):
    """Central differences go red for each wrong rule in the table, and are green for the right."""

    def worst(names):
        x = np.array([0.4, -0.7, 1.1])

        def f(y):
            y = names["softmax"](y) * 2.0 + 1.0
            return names["cos"](y**3) / (y * y + 1.0)

        numeric = checks.central_differences(f, x)
        return np.abs(names["jacobian"](f, x) - numeric).max()

    assert worst(vars(minigrad_tensor)) < 1e-8
    assert worst(planted(minigrad_tensor, old, new)) > 1e-2


def test_confused_levels_are_caught():
    """Without a level for each call, d/dx (x · d/dy (x + y)) comes out as 2 instead of 1."""
    names = planted(minigrad_tensor, "level = next(_levels)", "level = 1")
    jvp = names["jvp"]
    wrong = jvp(lambda x: x * jvp(lambda y: x + y, 1.0, 1.0)[1], 3.0, 1.0)
    assert float(np.asarray(wrong[1])) != 1.0


def test_newton_without_the_saddle_fix_is_caught():
    """Signed eigenvalues in saddle-free Newton: multipliers, escape and basins go red."""
    names = planted(
        optimisers, "scale = np.maximum(np.abs(eigenvalues), floor)", "scale = eigenvalues"
    )
    mutant = names["saddle_free_step"]
    assert dynamics.multipliers(rng(), 3).worst < 1e-6
    assert dynamics.multipliers(rng(), 3, mutant).worst > 1.0
    assert dynamics.expelled(rng(), 4).worst == 0
    assert dynamics.expelled(rng(), 4, mutant).worst == 2  # every saddle-free case of the four


def test_newton_with_a_wrong_sign_is_caught():
    """x + H⁻¹∇f instead of x − H⁻¹∇f: the local bound is broken."""
    names = planted(optimisers, "return x - damping * _solve", "return x + damping * _solve")
    f = checks.random_critical(rng())
    x = np.full(len(f.eigenvalues), 1e-4)
    assert np.linalg.norm(optimisers.newton_step(f, x)) < 1e-6
    assert np.linalg.norm(names["newton_step"](f, x)) > 1e-4
