"""Eckart–Young against rivals of the same rank: random, projected, perturbed, optimised."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import io, rivals
from groundwork.operators.gallery import with_values
from groundwork.operators.svd import low_rank
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Eckart–Young against other matrices of the same rank."""

    rank: int = knob("Rank of the approximations.", ge=1)
    random: int = knob("Random rivals per matrix.", ge=1)
    optimised: int = knob("Rivals by alternating least squares per matrix.", ge=1)
    perturbed: int = knob("Perturbations of the optimum per matrix.", ge=1)
    rounds: int = knob("Rounds of alternating least squares.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, weights: Path, arrays: step.Out) -> step.Claims:
    layers = io.read_matrices(weights)
    name = max(layers, key=lambda key: layers[key].size)
    rng = stream(settings.seed, "synthetic")
    matrices = {
        "layer": layers[name],
        "noise": rng.standard_normal((40, 30)),
        "tied": with_values(40, 30, np.repeat([2.0, 1.0, 0.5], 10), rng),  # σ_r = σ_(r+1)
    }
    ratios: dict[str, list[float]] = {}
    for label, a in matrices.items():
        best = low_rank(a, settings.rank, method="jacobi")
        least = np.linalg.norm(a - best)
        for kind, found in contenders(a, best, settings, label).items():
            ratios.setdefault(kind, []).extend(np.linalg.norm(a - b) / least for b in found)
    write_arrays(arrays, ratios)
    lowest = min(min(values) for values in ratios.values())
    made = {
        "matrices": claim(len(matrices), kind="exact"),
        "layer": claim(name, kind="exact"),
        "below": claim(sum(v < 1 - 1e-12 for values in ratios.values() for v in values)),
        "shortfall": claim(max(0.0, 1 - lowest)),
    }
    for kind, values in ratios.items():
        made[kind] = claim(len(values), kind="exact")
        made[f"{kind}_best"] = claim(min(values), "×", n=len(values))
        made[f"{kind}_best_excess"] = claim(max(0.0, min(values) - 1), n=len(values))
        made[f"{kind}_median"] = claim(float(np.median(values)), "×", n=len(values),
                                       spread=np.quantile(values, [0.25, 0.75]))  # fmt: skip
    return made


def contenders(
    a: np.ndarray, best: np.ndarray, settings: Settings, label: str
) -> dict[str, list[np.ndarray]]:
    rng = stream(settings.seed, "rivals", label)
    rank = settings.rank
    sizes = 10.0 ** rng.uniform(-6, -0.5, settings.perturbed)
    return {
        "random": list(rivals.random_rivals(a, rank, settings.random, rng)),
        "optimised": [
            rivals.alternating(a, rank, settings.rounds, rng) for _ in range(settings.optimised)
        ],
        "perturbed": [rivals.perturbed(best, size, rng) for size in sizes],
    }


if __name__ == "__main__":
    step.run(main)
