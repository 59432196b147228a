"""Log-probabilities of every pair under the frozen reference, computed once."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path

import torch

from groundwork.alignment import dpo
from groundwork.alignment.io import open_base, pair_rows, read_pairs
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The reference's log-probabilities."""

    context: int = knob("Tokens that the network may see.", ge=16)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings, *, weights: list[Path], base: Path, pairs: Path, log_probs: step.Out
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model, chat, _ = open_base(weights, base, settings.context)
    found, shares = {}, {}
    for part in ("train", "held_out"):
        rows = pair_rows(chat, read_pairs(pairs, part), settings.context)  # type: ignore[arg-type]
        found[part] = dpo.reference_log_probs(model, rows.ids, rows.mask).numpy()
        polite, rude = found[part][::2], found[part][1::2]
        shares[part] = claim(100 * float((polite > rude).mean()), "%", "exact", n=len(polite))
        shares[f"{part}_gap"] = claim(float((polite - rude).mean()), "nats", n=len(polite))
    write_arrays(log_probs, found)
    return {f"prefers_polite_{name}": value for name, value in shares.items()}


if __name__ == "__main__":
    step.run(main)
