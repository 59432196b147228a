"""A training step in C++ against the plain dense one in PyTorch, in turn in one run, one thread."""

from pathlib import Path

import torch

from groundwork.core.claims import claim, measured
from groundwork.core.files import write_table
from groundwork.core.timing import interleave, ratio, summary
from groundwork.reproduction import fast, model
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Sizes of the comparison; both draw their own batches."""

    features: int = knob("Features n.", ge=10)
    batch: int = knob("Samples of a step.", ge=1)
    widths: list[bounded(int, ge=2)] = knob("Hidden dimensions m.", min_length=1)  # type: ignore[valid-type]
    warm: int = knob("Steps before the timing: biases fall, and outputs become sparse.", ge=1)
    steps: int = knob("Steps of a sample of the fast form; of the plain form, one tenth.", ge=10)
    repeats: int = knob("Samples of each.", ge=3)
    seed: int = knob("Seed of weights and batches.", ge=0)


def main(settings: Settings, *, native: Path, table: step.Out) -> step.Claims:
    torch.set_num_threads(1)
    rows, claims = [], {}
    for width in settings.widths:
        for phase, first in (("first steps", 0), ("later steps", settings.warm)):
            samples = compare(settings, width, first)
            found = ratio(samples["fast"], samples["plain"])
            rows.append({
                "m": width, "phase": phase,
                "plain_ms": 1e3 * summary(samples["plain"]).value,
                "fast_ms": 1e3 * summary(samples["fast"]).value,
                "ratio": found.value, "low": found.spread[0], "high": found.spread[1],
            })  # fmt: skip
            claims[f"m{width}_{phase.split()[0]}"] = measured(found)
    write_table(table, rows)
    last = rows[-1]
    return {
        **claims,
        "ratio": claims[f"m{settings.widths[-1]}_later"],
        "ratio_first": claims[f"m{settings.widths[-1]}_first"],
        "plain": claim(last["plain_ms"], "ms", n=settings.repeats),
        "fast": claim(last["fast_ms"], "ms", n=settings.repeats),
        "width": claim(settings.widths[-1], "", "exact"),
    }


def compare(settings: Settings, width: int, first: int) -> dict[str, list[float]]:
    """Seconds of a step from step `first` on, of both forms, from the same weights."""
    p = model.chances(settings.features, 1.0, 1.0)
    training = model.Training(weight_decay=-5 / 9, batch=settings.batch)
    state = fast.State(*model.initial(settings.features, width, 1.0, settings.seed))
    if first:
        fast.train(state, training, p, settings.seed, range(first))
    plain = model.Superposition(state.weights, state.bias)
    adam = model.optimiser(plain, training)
    generator = torch.Generator().manual_seed(settings.seed)
    chances, few = torch.tensor(p, dtype=torch.float32), settings.steps // 10

    def dense() -> None:
        for number in range(few):
            x = model.draw(chances, settings.batch, generator)
            model.train_step(plain, adam, training, first + number, x)

    def sparse() -> None:
        fast.train(state, training, p, settings.seed, range(first, first + settings.steps))

    found = interleave({"plain": dense, "fast": sparse}, repeats=settings.repeats)
    steps = {"plain": few, "fast": settings.steps}
    return {name: [seconds / steps[name] for seconds in values] for name, values in found.items()}


if __name__ == "__main__":
    step.run(main)
