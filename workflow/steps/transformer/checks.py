"""The oracles on the trained model: the errors that the report prints."""

from dataclasses import dataclass
from pathlib import Path

import torch

from groundwork.core.claims import claim
from groundwork.pipeline import step
from groundwork.transformer import checks
from groundwork.transformer.io import load
from groundwork.transformer.reference import ReferenceGPT


@dataclass(frozen=True)
class Settings:
    cases: int
    sequences: int
    tokens: int
    seed: int
    threads: int


def main(settings: Settings, *, checkpoint: Path) -> step.Claims:
    torch.set_num_threads(settings.threads)
    single = load(checkpoint)
    model = load(checkpoint).double()  # rounding apart, an oracle must agree to the last digits
    size, cases = model.config.head_size, settings.cases
    seeds = range(settings.seed, settings.seed + cases)
    length = min(settings.tokens, model.config.context)
    ids = checks.random_ids(model, settings.sequences, length, settings.seed)
    third = length // 3
    shifts = [1, 17, 1000]
    pads = (1, third)
    ran = checks.executed_operators(load(checkpoint).train(), ids)
    twin_ran = checks.executed_operators(ReferenceGPT(model.config), ids)
    worst = {
        "rope_twin": max(checks.rope_twin_error(size, length, seed) for seed in seeds),
        "rope_shift": max(checks.rope_shift_error(size, shifts, seed) for seed in seeds),
        "logits": checks.logit_error(model, ids),
        "gradient": checks.gradient_error(model, ids),
        "cache": max(
            checks.cache_error(model, ids, pieces)
            for pieces in ([1] * length, [third, 1, length - third - 1])
        ),
        "padding": max(
            checks.padding_error(model, ids[:, : length - third], pad, left=left)
            for pad in pads
            for left in (True, False)
        ),
    }
    counts = {
        "rope_twin": cases, "rope_shift": cases * len(shifts), "logits": ids.numel(),
        "gradient": model.parameter_count(), "cache": 2 * ids.numel(), "padding": 4,
    }  # fmt: skip
    leaks = checks.future_leak(single, ids)
    compared = settings.sequences * length * (length - 1) // 2 * model.config.vocabulary
    return {
        **{name: claim(error, "", n=counts[name]) for name, error in worst.items()},
        "worst": claim(max(worst.values()), "", n=len(worst)),
        "future_bits": claim(leaks, "", "exact", n=compared),
        "future_compared": claim(compared, "", "exact"),
        "ready_made_operators": claim(len(checks.ready_made(ran)), "", "exact", n=len(ran)),
        "ready_made_in_reference": claim(len(checks.ready_made(twin_ran)), "", "exact"),
        "operators": claim(len(ran), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
