"""Monotonicity from hundreds of random starts, for plain EM and for each floor's promise."""

from itertools import islice

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.mixtures import DegenerateComponentError, Mixture, iterate, starting_mixture
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

# Each row of the table: a floor's rule, in words, and the score by which its steps are judged.
RULES = {
    "none": ("no floor", "plain"),
    "clip": ("eigenvalues raised to ε", "plain"),
    "noise": ("Σ + εI, penalty in the E-step", "objective"),
    "noise_plain": ("the same, judged by the plain likelihood", "plain"),
    "add": ("Σ + εI, plain E-step", "plain"),
}
SHARED = {"noise": "noise_plain"}  # one run, two judges


class Settings(step.Settings):
    """Monotonicity from random starts"""

    starts: int = knob("random problems", ge=1, le=1000000)
    iterations: int = knob("EM steps from each start", ge=1, le=100000)
    largest: int = knob("points of the largest problem", ge=13, le=100000)
    floor: float = knob(
        "covariance floor as a fraction of the data's smallest variance", ge=1e-08, le=1
    )
    seed: int = knob("seed of every random stream of the step", ge=0, le=2147483648)


def problem(settings: Settings, number: int) -> tuple[np.ndarray, Mixture]:
    """Data in 1 to 3 dimensions, at any scale, 1 to 6 components, few points: collapses happen."""
    rng = stream(settings.seed, "starts", number)
    d, n = int(rng.integers(1, 4)), int(rng.integers(12, settings.largest))
    centres = 1.5 * rng.normal(size=(3, d))
    x = centres[rng.integers(3, size=n)] + rng.normal(size=(n, d))
    x *= 10.0 ** rng.uniform(-3, 3)
    return x, starting_mixture(x, int(rng.integers(1, 7)), "random", rng)


def run(settings: Settings, number: int, rule: str) -> tuple[dict[str, np.ndarray], bool]:
    """Both scores at each iterate, and whether a component collapsed."""
    x, start = problem(settings, number)
    floor = 0.0 if rule == "none" else settings.floor * float(x.var(axis=0).min())
    kind = rule if rule != "none" else "clip"
    scores: dict[str, list[float]] = {"plain": [], "objective": []}
    broke = False
    try:
        for now in islice(iterate(x, start, floor=floor, rule=kind), settings.iterations + 1):  # type: ignore[arg-type]
            scores["plain"].append(now.log_likelihood)
            scores["objective"].append(now.objective)
    except DegenerateComponentError:
        broke = True
    return {judge: np.array(values) for judge, values in scores.items()}, broke


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    worst, collapsed, steps = {}, {}, {}
    for rule in RULES:
        worst[rule] = np.zeros(settings.starts)
        collapsed[rule] = steps[rule] = 0
    for rule in (name for name in RULES if name not in SHARED.values()):
        judged = [rule, SHARED[rule]] if rule in SHARED else [rule]
        for number in range(settings.starts):
            scores, broke = run(settings, number, rule)
            for row in judged:
                values = scores[RULES[row][1]]
                change = np.diff(values) / np.maximum(1, np.abs(values[1:]))
                worst[row][number] = change.min(initial=0.0)
                collapsed[row] += broke
                steps[row] += len(change)
    fallen = {rule: int((worst[rule] < -1e-12).sum()) for rule in RULES}
    write_arrays(arrays, worst)
    rows = []
    for rule, (words, judge) in RULES.items():
        score = {"plain": "log-likelihood", "objective": "penalised objective"}[judge]
        counted = (settings.starts, steps[rule], collapsed[rule], fallen[rule])
        rows.append((words, score, *counted, float(worst[rule].min())))
    counts = ["starts", "steps", "collapsed", "starts_that_fell", "worst_step"]
    write_table(table, rows, ["rule", "judged_by", *counts])
    n = settings.starts
    return {
        "starts": claim(n, "", "exact"),
        "steps": claim(steps["none"], "", "exact", n=n),
        "collapsed": claim(collapsed["none"], "", "exact", n=n),
        **{f"worst_{r}": claim(float(worst[r].min()), "", "measured", n=n) for r in RULES},
        **{f"fell_{r}": claim(fallen[r], "", "exact", n=n) for r in RULES},
    }


if __name__ == "__main__":
    step.run(main)
