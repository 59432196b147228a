"""The parts of training against independent answers: gradients, steps, draws, overlaps, losses."""

from pathlib import Path

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.reproduction import oracle
from groundwork.reproduction.oracle import Problem
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Sizes of the checks."""

    features: int = knob("Features n.", ge=20)
    width: int = knob("Hidden dimensions m.", ge=2)
    batch: int = knob("Samples of a batch.", ge=10)
    warm: int = knob("Steps of training before some of the comparisons.", ge=1)
    steps: int = knob("Steps compared, each from the same state.", ge=1)
    samples: int = knob("Samples of the chi-square tests.", ge=1000)
    models: int = knob("Untrained models of the closed-form checks.", ge=2)
    seed: int = knob("Seed of every draw.", ge=0)


def main(settings: Settings, *, native: Path, table: step.Out) -> step.Claims:
    cases = [
        Problem(
            settings.features, settings.width, settings.batch, alpha, gamma, bias, settings.seed
        )
        for alpha in (0.0, 1.0, 2.0)
        for gamma, bias in ((-5 / 9, 1.0), (1 / 3, 1.0), (-5 / 9, 0.0))
    ]
    gradients = [oracle.gradient_errors(case) for case in cases]
    fresh = [oracle.step_differences(case, range(settings.steps)) for case in cases]
    later = range(settings.warm, settings.warm + settings.steps)
    trained = [oracle.step_differences(case, later, settings.warm) for case in cases]
    apart = max(one for one, _ in fresh + trained)
    chances = oracle.sampler_probabilities(cases[3].frequency(), settings.samples, settings.seed)
    overlap = oracle.overlap_error(settings.features, settings.width, settings.models)
    loss = oracle.initial_loss_error(cases[3], settings.models)
    exact, differences = max(e for e, _ in gradients), max(d for _, d in gradients)
    rows = [
        ("gradient against float64 autograd, relative", len(cases), exact),
        ("gradient against central differences, relative", len(cases), differences),
        ("weights after one step, fast against plain", 2 * len(cases) * settings.steps, apart),
        ("loss of a step, fast against plain, relative", 2 * len(cases) * settings.steps,
         max(one for _, one in fresh + trained)),
        ("mean squared overlap of random directions against 1/m", settings.models, abs(overlap)),
        ("loss of untrained models against its closed form", settings.models, abs(loss)),
        *((f"p-value of the {name}", 1, value) for name, value in chances.items()),
    ]  # fmt: skip
    write_table(table, rows, ["check", "cases", "found"])
    return {
        "gradient_error": claim(exact),
        "difference_error": claim(differences),
        "step_difference": claim(apart),
        "overlap_error": claim(100 * abs(overlap), "%"),
        "initial_loss_error": claim(100 * abs(loss), "%"),
        "least_p": claim(min(chances.values())),
        "cases": claim(len(cases), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
