"""Optimisers and basins against SciPy, SymPy, torch.func and known answers."""

import numpy as np
import pytest
import scipy.optimize
import torch

from groundwork.calculus import basins, optimisers, symbolic
from groundwork.calculus.optimisers import (
    gradient_descent,
    newton,
    newton_step,
    saddle_free_newton,
)
from groundwork.calculus.surfaces import (
    MONKEY,
    QUADRATIC,
    SURFACES,
    WELL,
    confined_monkey,
    hessian_determinant,
    monkey,
    quadratic,
    well,
)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_derivatives_of_a_batch_agree_with_torch(surface):
    x = np.random.default_rng(0).standard_normal((5, 2))
    g, h = optimisers.gradient_and_hessian(surface.f, x)
    np.testing.assert_allclose(optimisers.gradient(surface.f, x), g, atol=1e-14)
    for point, gradient, second in zip(x, g, h, strict=True):
        t = torch.tensor(point)
        np.testing.assert_allclose(gradient, torch.func.grad(surface.f)(t), atol=1e-13)
        np.testing.assert_allclose(second, torch.func.hessian(surface.f)(t), atol=1e-12)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_critical_points_are_what_they_are_said_to_be(surface):
    points = np.array(list(surface.critical.values()))
    g, h = optimisers.gradient_and_hessian(surface.f, points)
    np.testing.assert_allclose(g, 0.0, atol=1e-14)
    for kind, second in zip(surface.kinds.values(), h, strict=True):
        assert (np.linalg.eigvalsh(second).min() > 0) == (kind == "minimum")


def test_determinants():
    """The singular curves drawn in the figures, by SymPy and by our own Hessian."""
    assert symbolic.surface_determinants() == [0, 0, 0]
    x = np.random.default_rng(1).standard_normal((20, 2))
    for surface in (WELL, MONKEY):
        h = optimisers.gradient_and_hessian(surface.f, x)[1]
        np.testing.assert_allclose(
            hessian_determinant(surface.name, x), np.linalg.det(h), rtol=1e-10, atol=1e-9
        )
    with pytest.raises(ValueError, match="no closed form"):
        hessian_determinant("quadratic", x)


def test_pure_saddle_takes_newton_in_one_step():
    """On x² − y² Newton fails, and not chaotically: it lands on the saddle at once."""
    starts = np.random.default_rng(2).standard_normal((50, 2)) * 10.0
    np.testing.assert_allclose(newton(quadratic, starts, steps=1)[-1], 0.0, atol=1e-14)


def test_gradient_descent_on_the_stable_manifold_stays():
    """Started at y = 0 it converges to the saddle; so does saddle-free Newton."""
    path = gradient_descent(well, [1.0, 0.0], steps=300, rate=0.1)
    np.testing.assert_allclose(path[-1], 0.0, atol=1e-12)
    path = saddle_free_newton(well, [1.0, 0.0], steps=5)
    np.testing.assert_allclose(path[-1], 0.0, atol=1e-12)


def test_from_beside_the_manifold_all_but_newton_escape():
    start = [0.9, 1e-6]
    upper = [0.0, np.sqrt(2.0)]
    assert np.abs(newton(well, start, steps=50)[-1]).max() < 1e-12
    assert np.abs(newton(well, start, steps=400, damping=0.25)[-1]).max() < 1e-9
    down = gradient_descent(well, start, steps=400, rate=0.1)
    np.testing.assert_allclose(down[-1], upper, atol=1e-9)
    free = saddle_free_newton(well, start, steps=60, radius=0.5)
    np.testing.assert_allclose(free[-1], upper, atol=1e-9)


def test_newton_reaches_a_minimum_that_scipy_finds():
    """From inside the bowl, all four end where SciPy's BFGS ends."""
    start = np.array([-0.9, 0.1])
    expected = scipy.optimize.minimize(lambda x: float(confined_monkey(x)), start).x
    for path in (
        newton(confined_monkey, start, steps=30),
        newton(confined_monkey, start, steps=200, damping=0.25),
        gradient_descent(confined_monkey, start, steps=500, rate=0.05),
        saddle_free_newton(confined_monkey, start, steps=30, radius=0.5),
    ):
        np.testing.assert_allclose(path[-1], expected, atol=1e-5)


def test_a_singular_hessian_gives_no_step():
    """At the monkey saddle itself H = 0: that point's step is NaN, the others are untouched."""
    x = np.array([[0.0, 0.0], [1.0, 2.0]])
    step = newton_step(monkey, x)
    assert np.isnan(step[0]).all()
    np.testing.assert_allclose(step[1], [0.5, 1.0])


def test_saddle_free_steps_are_cut_to_the_radius():
    x = np.random.default_rng(3).standard_normal((100, 2)) * 2.0
    path = saddle_free_newton(confined_monkey, x, steps=1, radius=0.25)
    assert np.linalg.norm(path[1] - path[0], axis=-1).max() <= 0.25 + 1e-12


def _newton(f):
    return lambda x: newton_step(f, x)


def test_basins_agree_with_scipy():
    """On the separable surface each start's y ends where SciPy's root finder takes it."""
    x = basins.grid(WELL, 24)
    found = basins.settle(_newton(well), WELL, x, steps=200, tolerance=1e-10, far=1e6)
    roots = scipy.optimize.newton(
        lambda y: y**3 - 2 * y, x[:, 0, 1], fprime=lambda y: 3 * y**2 - 2, maxiter=200, tol=1e-13
    )
    np.testing.assert_allclose(found.end[:, 0, 1], roots, atol=1e-8)
    expected = np.select([roots > 1, roots < -1], [1, 2], 0)
    np.testing.assert_array_equal(found.label, np.repeat(expected[:, None], 24, axis=1))


def test_basins_name_what_does_not_settle():
    x = basins.grid(QUADRATIC, 4)
    up = {"steps": 300, "tolerance": 1e-10, "far": 1e3}
    down = basins.settle(
        lambda y: optimisers.gradient_step(quadratic, y, rate=0.1), QUADRATIC, x, **up
    )
    assert (down.label == basins.LOST).all()  # unbounded below: it runs off
    slow = basins.settle(
        lambda y: optimisers.gradient_step(quadratic, y, rate=1e-9), QUADRATIC, x, **up
    )
    assert (slow.label == basins.UNDECIDED).all()
    assert (slow.steps == 300).all()


def _differ(boundary, epsilons, pairs=20000):
    rng = np.random.default_rng(4)
    x, sign = rng.uniform(size=pairs), rng.choice([-1.0, 1.0], pairs)
    side = boundary(np.stack([x] + [x + sign * e for e in epsilons]))
    return basins.uncertain(side[1:], side[0]).T


def test_exponent_of_a_straight_boundary_is_one():
    epsilons = np.array([0.1, 0.03, 0.01, 0.003])
    differ = _differ(lambda x: x > 0.5, epsilons)
    value, (low, high), scales = basins.uncertainty_exponent(
        epsilons, differ, rng=np.random.default_rng(5)
    )
    assert scales == 4
    assert low <= 1.0 <= high
    assert value == pytest.approx(1.0, abs=0.1)


def test_exponent_of_a_cantor_set():
    """Labels alternate across the gaps of the middle-thirds set: α = 1 − log 2/log 3 = 0.369."""

    def gap_parity(x):
        position, parity = np.mod(x, 1.0), np.full(x.shape, -1)
        for depth in range(30):
            digit = np.floor(3.0 * position)
            parity = np.where((parity < 0) & (digit == 1), depth % 2, parity)
            position = 3.0 * position - digit
        return parity

    epsilons = 3.0 ** -np.arange(2, 8)
    value, _, _ = basins.uncertainty_exponent(
        epsilons, _differ(gap_parity, epsilons), rng=np.random.default_rng(6)
    )
    assert value == pytest.approx(1.0 - np.log(2) / np.log(3), abs=0.06)


def test_exponent_needs_enough_pairs():
    with pytest.raises(ValueError, match="scales"):
        basins.uncertainty_exponent(
            np.array([0.1, 0.01, 0.001]), np.zeros((50, 3), bool), rng=np.random.default_rng(0)
        )
