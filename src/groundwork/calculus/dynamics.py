"""What the optimisers do near a critical point: the searches for the second half of the problems.

As in `checks`, each function returns the number of cases and the worst: an error, a ratio that
must not exceed 1, or a count of counterexamples.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from groundwork.calculus.checks import Check, Rng, central_differences, random_critical
from groundwork.calculus.optimisers import (
    gradient_and_hessian,
    gradient_step,
    newton_step,
    saddle_free_step,
)
from groundwork.calculus.surfaces import monkey, quadratic

FLOOR, RADIUS = 1e-9, 1e9  # so small and so large that the plain definition is what runs


def newton_contracts(rng: Rng, cases: int) -> Check:
    """thm-newton: |x₊| over its bound βL|x|² for |x| <= 1/(2βL), whatever the signs of H."""
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        beta = 1.0 / np.abs(f.eigenvalues).min()
        direction = rng.standard_normal(len(f.eigenvalues))
        size = 10.0 ** rng.uniform(-2, 0) / (2.0 * beta * f.lipschitz)
        x = direction / np.linalg.norm(direction) * size
        bound = beta * f.lipschitz * size**2
        worst = max(worst, float(np.linalg.norm(newton_step(f, x)) / bound))
    return Check(cases, worst)


def multipliers(rng: Rng, cases: int, saddle_free: Callable = saddle_free_step) -> Check:
    """thm-multipliers: the derivative of each update map at 0 in the eigenbasis of H.

    Predicted: 1 − ηλ, 0, 1 − η and 1 − sign λ for the four methods; `worst` is the largest error.
    """
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        values, q = f.eigenvalues, f.vectors
        eta = rng.uniform(0.01, 0.9)
        maps = [
            (partial(gradient_step, f, rate=eta), 1.0 - eta * values),
            (partial(newton_step, f), 0.0 * values),
            (partial(newton_step, f, damping=eta), 1.0 - eta + 0.0 * values),
            (partial(saddle_free, f, floor=FLOOR, radius=RADIUS), 1.0 - np.sign(values)),
        ]
        for update, predicted in maps:
            found = q.T @ central_differences(update, np.zeros(len(values))) @ q
            worst = max(worst, float(np.abs(found - np.diag(predicted)).max()))
    return Check(cases, worst)


def expelled(rng: Rng, cases: int, saddle_free: Callable = saddle_free_step) -> Check:
    """thm-expelled: starts in the cone |w| <= |u| that do not leave the ball; counts them.

    u is the part in the eigenspaces with λ < 0, w the rest. Gradient descent and saddle-free
    Newton take turns; the ball has radius 1e-3 · min |λ| / L, the start lies 1e-2 of it away.
    """
    wrong = 0
    for case in range(cases):
        f = random_critical(rng)
        q, down = f.vectors, f.eigenvalues < 0
        ball = 1e-3 * np.abs(f.eigenvalues).min() / f.lipschitz
        z = rng.standard_normal(len(q))
        u, w = np.where(down, z, 0.0), np.where(down, 0.0, z)
        w *= rng.uniform() * np.linalg.norm(u) / max(float(np.linalg.norm(w)), 1e-300)
        x = q @ (u + w)
        x *= 1e-2 * ball / np.linalg.norm(x)
        rate = 1.0 / np.abs(f.eigenvalues).max()
        for _ in range(2000):
            if case % 2:
                x = saddle_free(f, x, floor=FLOOR, radius=RADIUS)
            else:
                x = gradient_step(f, x, rate=rate)
            if np.linalg.norm(x) > ball:
                break
        else:
            wrong += 1
    return Check(cases, float(wrong))


def homogeneous(rng: Rng, cases: int) -> Check:
    """prp-homogeneous: Newton's step multiplies x by 1 − 1/(d − 1): d = 2 by 0, d = 3 by ½.

    `worst` is the largest error relative to |x|.
    """
    worst = 0.0
    for _ in range(cases):
        x = rng.standard_normal(2) * 10.0 ** rng.uniform(-3, 3)
        for f, factor in ((quadratic, 0.0), (monkey, 0.5)):
            error = np.linalg.norm(newton_step(f, x) - factor * x)
            worst = max(worst, float(error / np.linalg.norm(x)))
    return Check(cases, worst)


def newton_flow(rng: Rng, cases: int, steps: int = 8) -> Check:
    """prp-flow: |∇f(x(1)) − e⁻¹ ∇f(x(0))| / |∇f(x(0))| on x′ = −H⁻¹∇f, by Runge and Kutta's rule.

    Starts lie within 1/(4βL) of a saddle, where H stays invertible.
    """
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        direction = rng.standard_normal(len(f.eigenvalues))
        size = np.abs(f.eigenvalues).min() / (4.0 * f.lipschitz)
        x = direction / np.linalg.norm(direction) * size
        start = gradient_and_hessian(f, x)[0]
        dt = 1.0 / steps
        for _ in range(steps):

            def velocity(y: np.ndarray, f: Callable = f) -> np.ndarray:
                return newton_step(f, y) - y

            k1 = velocity(x)
            k2 = velocity(x + dt / 2 * k1)
            k3 = velocity(x + dt / 2 * k2)
            k4 = velocity(x + dt * k3)
            x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        gap = gradient_and_hessian(f, x)[0] - np.exp(-1.0) * start
        worst = max(worst, float(np.linalg.norm(gap) / np.linalg.norm(start)))
    return Check(cases, worst)


def descent(rng: Rng, cases: int) -> Check:
    """prp-descent: −|H|⁻¹∇f points downhill; counts the points at which it does not."""
    wrong = 0
    for _ in range(cases):
        f = random_critical(rng)
        x = rng.standard_normal(len(f.eigenvalues))
        g, _ = gradient_and_hessian(f, x)
        step = saddle_free_step(f, x, floor=FLOOR, radius=RADIUS) - x
        wrong += int(not g @ step < 0.0)
    return Check(cases, float(wrong))


def absolute_hessian(rng: Rng, cases: int) -> Check:
    """prp-trust: |dᵀ H d| over dᵀ |H| d, and the linear model's gain on dᵀ|H|d <= r² over the best.

    The best is −r|H|⁻¹g / √(gᵀ|H|⁻¹g); rivals are random directions scaled to the boundary.
    """
    worst = 0.0
    for _ in range(cases):
        f = random_critical(rng)
        h = f.hessian
        absolute = (f.vectors * np.abs(f.eigenvalues)) @ f.vectors.T
        d, g = rng.standard_normal((2, len(h)))
        worst = max(worst, abs(float(d @ h @ d)) / float(d @ absolute @ d))
        best = np.sqrt(g @ np.linalg.solve(absolute, g))
        worst = max(worst, abs(float(g @ d)) / np.sqrt(d @ absolute @ d) / best)
    return Check(cases, float(worst))


def newton_cubic(y: np.ndarray) -> np.ndarray:
    """Newton's map of x² − y² + y⁴/4 in its second coordinate: 2y³/(3y² − 2)."""
    return 2.0 * y**3 / (3.0 * y**2 - 2.0)


def alternation(count: int) -> tuple[np.ndarray, np.ndarray]:
    """thm-alternation: ends e_0 > e_1 > … of the intervals beside √(2/5), and where each one leads.

    e_0 = √(2/3); e_{k+1} is the point of (√(2/5), e_k) that Newton's map sends to −e_k, found by
    bisection. Between e_{k+1} and e_k every start converges to the same minimum: the second array
    holds the sign of the minimum reached from the interval's middle.

    Shapes: -> (count + 1,), (count,).
    """
    pole, cycle = np.sqrt(2.0 / 3.0), np.sqrt(2.0 / 5.0)
    ends = [pole]
    for _ in range(count):
        low, high = cycle, ends[-1]
        for _ in range(200):  # the map falls from −√(2/5) to −∞ on this interval
            middle = 0.5 * (low + high)
            if newton_cubic(middle) > -ends[-1]:
                low = middle
            else:
                high = middle
        ends.append(0.5 * (low + high))
    edges = np.array(ends)
    y = 0.5 * (edges[1:] + edges[:-1])
    for _ in range(200):
        y = newton_cubic(y)
    return edges, np.sign(y)
