"""A training step from the frozen layers' kept states, beside the same step through all layers."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Callable
from pathlib import Path

import torch
from blocks import Adapter
from torch import Tensor

from groundwork.alignment import lora, tuning
from groundwork.alignment.dpo import dpo_loss, sequence_log_probs
from groundwork.alignment.io import open_base, open_log_probs, pair_rows, read_pairs
from groundwork.core.claims import claim, measured
from groundwork.core.files import write_table
from groundwork.core.timing import interleave, ratio, summary
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Kept states of frozen layers."""

    adapter: Adapter = knob("The policy's adapters.")
    batch: int = knob("Pairs of an update.", ge=1)
    repeats: int = knob("Timed updates of each.", ge=3)
    beta: float = knob("β of the loss.", gt=0)
    context: int = knob("Tokens that the network may see.", ge=16)
    seed: int = knob("Seed of the adapters.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    weights: list[Path],
    base: Path,
    pairs: Path,
    reference: Path,
    table: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model, chat, _ = open_base(weights, base, settings.context)
    first = max(0, model.config.layers - settings.adapter.upper)
    some = read_pairs(pairs, "train")[: settings.batch]
    rows = pair_rows(chat, some, settings.context)
    fixed = open_log_probs(reference)["train"][: 2 * len(some)]
    kept = tuning.keep(model, rows, first)
    adapter = settings.adapter
    parameters = lora.attach(
        model, rank=adapter.rank, scale=adapter.scale, first=first, seed=settings.seed
    )
    for value in parameters[1::2]:  # B starts at zero, where A has no gradient to compare
        torch.nn.init.normal_(value, std=0.01)
    every = torch.arange(len(rows))

    def gradient(log_probs: Callable[[], Tensor]) -> Callable[[], list[Tensor]]:
        def run() -> list[Tensor]:
            ours = log_probs()
            loss = dpo_loss(ours[::2], ours[1::2], fixed[::2], fixed[1::2], settings.beta)[0]
            return list(torch.autograd.grad(loss.mean(), parameters))

        return run

    rivals = {
        "kept": gradient(lambda: kept.log_probs(model, every)),
        "all": gradient(lambda: sequence_log_probs(model, rows.ids, rows.mask)),
    }
    apart = _difference(rivals)
    times = interleave(rivals, repeats=settings.repeats, warmup=0)
    write_table(table, [{"step": n, "seconds": s} for n, all_ in times.items() for s in all_])
    return {
        "ratio": measured(ratio(times["kept"], times["all"])),
        "kept_seconds": measured(summary(times["kept"]), "s"),
        "all_seconds": measured(summary(times["all"]), "s"),
        "gradient_error": claim(apart, n=len(parameters)),
        "frozen_layers": claim(first, "", "exact"),
        "layers": claim(model.config.layers, "", "exact"),
        "kept_per_row": claim(kept.hidden.numel() * 4 / len(rows) / 2**10, "KiB", "exact"),
    }


def _difference(rivals: dict[str, Callable[[], list[Tensor]]]) -> float:
    """Largest difference of two gradients, in units of the largest entry."""
    ours, theirs = (run() for run in rivals.values())
    apart = max(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True))
    return apart / max(float(value.abs().max()) for value in theirs)


if __name__ == "__main__":
    step.run(main)
