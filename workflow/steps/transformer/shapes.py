"""Shapes at every stage in one table, and the parameters of every configured size."""

from pathlib import Path

import torch
from blocks import Size

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.transformer.io import load
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.shapes import walk
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The table of shapes."""

    batch: int = knob("Sequences in the table.", ge=1)
    full: Size = knob("The size at full scale, counted at every scale.")


def main(settings: Settings, *, checkpoint: Path, table: step.Out, parts: step.Out) -> step.Claims:
    model = load(checkpoint)
    config = model.config
    ids = torch.zeros(settings.batch, config.context, dtype=torch.long)
    stages, _ = walk(model, ids)
    rows = [
        {"stage": s.stage, "letters": s.letters, "shape": " × ".join(map(str, s.shape))}
        for s in stages
    ]
    write_table(table, rows)
    full = GPT(GPTConfig(vocabulary=config.vocabulary, **dict(settings.full)))
    write_table(parts, _parts(model, full))
    return {
        "context": claim(config.context, "", "exact"),
        "width": claim(config.width, "", "exact"),
        "layers": claim(config.layers, "", "exact"),
        "heads": claim(config.heads, "", "exact"),
        "head_size": claim(config.head_size, "", "exact"),
        "hidden": claim(config.hidden, "", "exact"),
        "vocabulary": claim(config.vocabulary, "", "exact"),
        "parameters": claim(model.parameter_count(), "", "exact"),
        "full_parameters": claim(full.parameter_count(), "", "exact"),
    }


def _parts(model: GPT, full: GPT) -> list[dict[str, object]]:
    """Parameters by part, at this scale and at full size."""
    words = {
        "embedding, tied to the output": "embedding.",
        "query, key, value": "attention.qkv.",
        "attention output": "attention.out.",
        "feed-forward": "ffn.",
        "norms": "gain",
    }

    def count(network: GPT, word: str) -> int:
        named = network.named_parameters()
        return sum(p.numel() for name, p in named if word in name)

    rows: list[dict[str, object]] = [
        {"part": part, "here": count(model, word), "full": count(full, word)}
        for part, word in words.items()
    ]
    total = {"part": "all", "here": model.parameter_count(), "full": full.parameter_count()}
    return [*rows, total]


if __name__ == "__main__":
    step.run(main)
