"""Speed and memory: training against a plain PyTorch twin on SDPA, and what the KV cache saves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional as F

from groundwork.core.claims import Claim, claim, measured
from groundwork.core.files import write_table
from groundwork.core.timing import interleave, ratio, summary
from groundwork.transformer.checks import random_ids
from groundwork.transformer.generation import generate
from groundwork.transformer.io import load
from groundwork.transformer.memory import kept_for_backward
from groundwork.transformer.model import GPT
from groundwork.transformer.reference import ReferenceGPT
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Training speed against a plain PyTorch twin, and the cache's."""

    batch: int = knob("Sequences of a full context.", ge=1)
    updates: int = knob("Updates in one timed sample.", ge=1)
    repeats: int = knob("Samples of each rival.", ge=2)
    cache_repeats: int = knob("Texts drawn with and without the cache.", ge=2)
    threads: int = knob("PyTorch's threads.", ge=1)
    device: Literal["cpu", "cuda"] = knob("Where it runs.")
    precision: Literal["float32", "bfloat16"] = knob(
        "Of matrix products in training; weights and sums stay float32."
    )
    seed: int = knob("Seed of everything random.", ge=0)


def main(settings: Settings, *, checkpoint: Path, samples: step.Out) -> step.Claims:
    torch.set_num_threads(settings.threads)
    trained = load(checkpoint, settings.device)
    # Dropout off in both: the twin drops at fewer places, and would win time by doing less.
    config = replace(trained.config, dropout=0.0)
    ours = GPT(config).to(settings.device)
    twin = ReferenceGPT(config).to(settings.device).take_weights(ours.state_dict())
    rivals = {"ours": _updates(settings, ours), "sdpa": _updates(settings, twin)}
    times = interleave(rivals, repeats=settings.repeats)
    tokens = settings.batch * config.context * settings.updates
    text = interleave(_texts(settings, trained), repeats=settings.cache_repeats)
    rows = [(what, s) for what, all_ in {**times, **text}.items() for s in all_]
    write_table(samples, rows, ["what", "seconds"])
    ids = random_ids(ours, settings.batch, config.context, settings.seed).to(settings.device)
    with _precision(settings):
        kept = [kept_for_backward(network, ids) / 2**20 for network in (ours, twin)]
    repeats = settings.repeats
    return {
        "ours_tokens_per_second": _rate(tokens, times["ours"]),
        "sdpa_tokens_per_second": _rate(tokens, times["sdpa"]),
        "time_ratio": measured(ratio(times["ours"], times["sdpa"])),
        "ours_memory": claim(kept[0], "MiB", "exact"),
        "sdpa_memory": claim(kept[1], "MiB", "exact"),
        "memory_ratio": claim(kept[0] / kept[1], "×", "exact"),
        "cache_speedup": measured(ratio(text["uncached"], text["cached"])),
        "cached_tokens_per_second": _rate(_new(trained), text["cached"]),
        "uncached_tokens_per_second": _rate(_new(trained), text["uncached"]),
        "new_tokens": claim(_new(trained), "", "exact"),
        "repeats": claim(repeats, "", "exact"),
    }


def _updates(settings: Settings, network: nn.Module) -> Callable[[], None]:
    """A few whole updates (forward, backward, AdamW) on fixed tokens."""
    config = network.config
    generator = torch.Generator().manual_seed(settings.seed)
    shape = (settings.batch, config.context + 1)
    ids = torch.randint(config.vocabulary, shape, generator=generator).to(settings.device)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)

    def run() -> None:
        for _ in range(settings.updates):
            with _precision(settings):
                logits = network(ids[:, :-1])
                loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if settings.device == "cuda":
            torch.cuda.synchronize()

    return run


def _precision(settings: Settings) -> AbstractContextManager[Any]:
    half = settings.precision == "bfloat16"
    return torch.autocast(settings.device, dtype=torch.bfloat16, enabled=half)


def _new(model: GPT) -> int:
    return model.config.context - 1  # from a prompt of one token to a full context


def _texts(settings: Settings, model: GPT) -> dict[str, Callable[[], object]]:
    return {
        name: lambda cached=cached: generate(  # type: ignore[misc]
            model, [0], _new(model), seed=settings.seed, cached=cached
        )
        for name, cached in (("cached", True), ("uncached", False))
    }


def _rate(tokens: int, seconds: list[float]) -> Claim:
    return measured(summary(tokens / s for s in seconds), "tokens/s")


if __name__ == "__main__":
    step.run(main)
