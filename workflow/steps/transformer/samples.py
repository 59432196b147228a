"""Texts drawn from the trained model: the first of every setting, none chosen."""

from pathlib import Path

import torch

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.transformer.generation import generate
from groundwork.transformer.io import load, load_tokenizer
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Draw(step.Settings):
    """One setting."""

    name: str = knob("Short name, used in claims.")
    temperature: float = knob("Divides the logits.", ge=0)
    top_k: int | None = knob("Keep the k likeliest tokens; null keeps all.", ge=1)
    top_p: float | None = knob(
        "Keep the likeliest tokens up to this probability; null keeps all.", gt=0, le=1
    )


class Settings(step.Settings):
    """Texts drawn, none chosen."""

    prompt: str = knob("Text before the sample; at least one character.")
    characters: int = knob("Tokens drawn a sample.", ge=20)
    draws: list[Draw] = knob("Settings of sampling.", min_length=1)
    seeds: list[bounded(int, ge=0)] = knob("One sample per seed and setting.", min_length=1)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(settings: Settings, *, checkpoint: Path, text: Path, samples: step.Out) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model, tokenizer = load(checkpoint), load_tokenizer(checkpoint)
    prompt = tokenizer.encode(settings.prompt)
    words = set(text.read_text(encoding="utf-8").split())
    rows: list[dict[str, str | int]] = []
    claims = {}
    for draw in settings.draws:
        known, total = 0, 0
        for seed in settings.seeds:
            drawn = generate(
                model,
                prompt,
                settings.characters,
                draw.temperature,
                draw.top_k,
                seed,
                top_p=draw.top_p,
            )
            sample = tokenizer.decode(drawn.tolist())
            found = sample[len(settings.prompt) :].split()[:-1]  # the last word may be cut
            known += sum(word in words for word in found)
            total += len(found)
            lines = [line for line in sample.splitlines() if line.strip()]
            heads = [(draw.name, seed)] + [("", "")] * (len(lines) - 1)  # named on the first line
            rows += [
                {"setting": name, "seed": number, "line": line}
                for (name, number), line in zip(heads, lines, strict=True)
            ]
        claims[f"known_words_{draw.name}"] = claim(100 * known / total, "%", n=total)
    write_table(samples, rows)
    return {
        **claims,
        "settings": claim(len(settings.draws), "", "exact"),
        "seeds": claim(len(settings.seeds), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
