"""ReLU off: the trained linear model against its exact optimum, the loss without superposition."""

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.reproduction import linear, theory
from groundwork.reproduction.model import chances
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The second ablation, which has an exact answer."""

    features: int = knob("Features n.", ge=10)
    alpha: float = knob("Exponent of the features' frequencies.", ge=0)
    widths: list[bounded(int, ge=2)] = knob("Hidden dimensions m.", min_length=3)  # type: ignore[valid-type]
    steps: int = knob("Iterations of L-BFGS, at most.", ge=1)
    seed: int = knob("Seed of the initial weights.", ge=0)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    p = chances(settings.features, settings.alpha, 1.0)
    ideal = theory.ideal_losses(p, settings.widths)
    found = [linear.train(p, width, settings.steps, settings.seed) for width in settings.widths]
    rows = [
        {"m": m, "trained": loss, "exact": exact, "relative": loss / exact - 1}
        for m, loss, exact in zip(settings.widths, found, ideal, strict=True)
    ]
    write_table(table, rows)
    return {
        "gap": claim(max(row["relative"] for row in rows)),
        "below": claim(sum(row["relative"] < -1e-9 for row in rows), "", "exact"),
        "exponent": claim(theory.exponent(settings.widths, found).exponent),
        "exact_exponent": claim(
            theory.exponent(settings.widths, list(ideal)).exponent, "", "exact"
        ),
    }


if __name__ == "__main__":
    step.run(main)
