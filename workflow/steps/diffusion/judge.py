"""The judgement: samples of both sets of weights, and real digits before the same judges.

The only step that opens the test images: every choice was made on held-out training images.
"""

from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays, write_table
from groundwork.diffusion.evaluation import (
    Memory,
    Panel,
    Verdict,
    load_classifier,
    memorisation,
    subset,
)
from groundwork.diffusion.io import scaled
from groundwork.diffusion.metrics import frechet_distance, wilson
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The judgement on test images."""

    draws: int = knob("Random halves for the interval of a Fréchet distance.", ge=2)
    floor_draws: int = knob("Pairs of real sets whose distance is the floor.", ge=2)
    shown: int = knob("Samples nearest to a training image that are shown beside it.", ge=1)
    seed: int = knob("Seed of the draws.", ge=0)


def main(
    settings: Settings,
    *,
    images: Path,
    classifier: Path,
    samples: Path,
    table: step.Out,
    arrays: step.Out,
) -> step.Claims:
    with np.load(images) as data:
        train, test, digits = data["train"], data["test"], data["test_labels"]
    with np.load(samples) as data:
        drawn = {name: data[name] for name in data.files}
    count = min(len(test), *(len(value) for value in drawn.values()))
    judge = load_classifier(load_file(classifier), test.shape[-1])
    panel = Panel(judge, scaled(subset(test, count, settings.seed)))
    sets = {name: value[:count] for name, value in drawn.items()}
    sets["train"] = subset(train, count, settings.seed)
    verdicts = {name: _judged(panel, value, settings) for name, value in sets.items()}
    others = scaled(subset(test, count, settings.seed))
    memory = {name: memorisation(scaled(sets[name]), others, scaled(train)) for name in drawn}
    _, chances = panel.features(scaled(test))
    rows = [
        {"images": name, "digit": digit, "share": share}
        for name, verdict in verdicts.items()
        for digit, share in enumerate(verdict.coverage.tolist())
    ]
    write_table(table, rows)
    write_arrays(arrays, _pictures(memory, sets, train, verdicts, settings.shown))
    floor = _floor(panel, train, test, count, settings)
    claims = {
        "n": claim(count, "", "exact"),
        "classifier_accuracy": claim(
            100 * float((chances.argmax(axis=1) == digits).mean()), "%", n=len(digits)
        ),
        "floor": claim(float(np.mean(floor)), n=len(floor), spread=[min(floor), max(floor)]),
    }
    for name, verdict in verdicts.items():
        claims |= {f"{name}_{key}": value for key, value in _figures(verdict).items()}
    for name, found in memory.items():
        claims |= {f"{name}_{key}": value for key, value in _copies(found).items()}
    if "recorded" not in drawn:
        none = claim("not recorded", "", "recorded")
        claims |= {name.replace("own_", "recorded_", 1): none for name in claims if "own_" in name}
    return claims


def _judged(panel: Panel, images: np.ndarray, settings: Settings) -> Verdict:
    return panel.verdict(scaled(images), settings.draws, settings.seed)


def _floor(
    panel: Panel, train: np.ndarray, test: np.ndarray, count: int, settings: Settings
) -> list[float]:
    """Distances between random real sets of the same size, one of train and one of test."""
    return [
        frechet_distance(
            panel.features(scaled(subset(train, count, seed)))[0],
            panel.features(scaled(subset(test, count, seed)))[0],
        )
        for seed in range(settings.seed + 1, settings.seed + 1 + settings.floor_draws)
    ]


def _figures(verdict: Verdict) -> dict[str, Claim]:
    share = [100 * value for value in verdict.confident_interval]
    n = verdict.n
    return {
        "frechet": claim(verdict.frechet, n=n, spread=list(verdict.frechet_interval)),
        "confident": claim(100 * verdict.confident, "%", n=n, spread=share),
        "rarest": claim(100 * float(verdict.coverage.min()), "%", n=n),
        "rarest_digit": claim(int(verdict.coverage.argmin()), "", "exact"),
        "commonest": claim(100 * float(verdict.coverage.max()), "%", n=n),
        "precision": claim(100 * verdict.precision, "%", n=n),
        "recall": claim(100 * verdict.recall, "%", n=n),
    }


def _copies(found: Memory) -> dict[str, Claim]:
    n = len(found.nearest)
    interval = [100 * value for value in wilson(round(found.below * n), n)]
    return {
        "nearest": claim(float(found.nearest.min()), n=n),
        "nearest_median": claim(float(np.median(found.nearest)), n=n),
        "test_threshold": claim(found.threshold, n=len(found.expected)),
        "test_median": claim(float(np.median(found.expected)), n=len(found.expected)),
        "below_threshold": claim(100 * found.below, "%", n=n, spread=interval),
    }


def _pictures(
    memory: dict[str, Memory],
    sets: dict[str, np.ndarray],
    train: np.ndarray,
    verdicts: dict[str, Verdict],
    shown: int,
) -> dict[str, np.ndarray]:
    """What the figures need: neighbours' distances, and the closest pairs of the best weights."""
    name = "recorded" if "recorded" in memory else "own"
    found = memory[name]
    order = np.argsort(found.nearest)[:shown]
    return {
        "expected": found.expected,
        **{f"{key}_nearest": value.nearest for key, value in memory.items()},
        **{f"{key}_coverage": value.coverage for key, value in verdicts.items()},
        "closest": sets[name][order],
        "closest_train": train[found.place[order]],
        "closest_distance": found.nearest[order],
    }


if __name__ == "__main__":
    step.run(main)
