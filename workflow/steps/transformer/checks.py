"""The oracles on the trained model: the errors that the report prints."""

from pathlib import Path

import torch
from torch import Tensor

from groundwork.core.claims import claim
from groundwork.transformer import checks
from groundwork.transformer.io import load
from groundwork.transformer.model import GPT
from groundwork.transformer.reference import ReferenceGPT
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Oracles on the trained model."""

    cases: int = knob("Random rotations.", ge=1)
    sequences: int = knob("Random sequences.", ge=1)
    tokens: int = knob("Tokens of each, cut at the context.", ge=6)
    seed: int = knob("Seed of everything random.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def worst_errors(model: GPT, settings: Settings, ids: Tensor) -> dict[str, tuple[float, int]]:
    """For each oracle the largest error and the number of values compared.

    Shapes: ids (B, T).
    """
    size, cases, length = model.config.head_size, settings.cases, ids.shape[1]
    seeds = range(settings.seed, settings.seed + cases)
    third = length // 3
    shifts = [1, 17, 1000]
    pieces = ([1] * length, [third, 1, length - third - 1])
    pads = [(pad, left) for pad in (1, third) for left in (True, False)]
    short = ids[:, : length - third]
    return {
        "rope_twin": (max(checks.rope_twin_error(size, length, s) for s in seeds), cases),
        "rope_shift": (
            max(checks.rope_shift_error(size, shifts, s) for s in seeds),
            cases * len(shifts),
        ),
        "logits": (checks.logit_error(model, ids), ids.numel()),
        "gradient": (checks.gradient_error(model, ids), model.parameter_count()),
        "cache": (max(checks.cache_error(model, ids, p) for p in pieces), 2 * ids.numel()),
        "padding": (max(checks.padding_error(model, short, p, left=e) for p, e in pads), 4),
    }


def main(settings: Settings, *, checkpoint: Path) -> step.Claims:
    torch.set_num_threads(settings.threads)
    single = load(checkpoint)
    model = load(checkpoint).double()  # rounding apart, an oracle must agree to the last digits
    length = min(settings.tokens, model.config.context)
    ids = checks.random_ids(model, settings.sequences, length, settings.seed)
    ran = checks.executed(load(checkpoint), ids)
    twin_ran = checks.executed(ReferenceGPT(model.config), ids)
    worst = worst_errors(model, settings, ids)
    leaks = checks.future_leak(single, ids)
    compared = settings.sequences * length * (length - 1) // 2 * model.config.vocabulary
    return {
        **{name: claim(error, "", n=cases) for name, (error, cases) in worst.items()},
        "worst": claim(max(error for error, _ in worst.values()), "", n=len(worst)),
        "future_bits": claim(leaks, "", "exact", n=compared),
        "future_compared": claim(compared, "", "exact"),
        "ready_made": claim(len(checks.ready_made(ran)), "", "exact", n=len(ran)),
        "ready_made_in_reference": claim(len(checks.ready_made(twin_ran)), "", "exact"),
        "executed": claim(len(ran), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
