"""Texts drawn from the trained model: the first of every setting, none chosen."""

from dataclasses import dataclass
from pathlib import Path

import torch

from groundwork.core.claims import claim
from groundwork.pipeline import step
from groundwork.transformer.generation import generate
from groundwork.transformer.io import load, load_tokenizer, write_table


@dataclass(frozen=True)
class Draw:
    name: str
    temperature: float
    top_k: int | None
    top_p: float | None


@dataclass(frozen=True)
class Settings:
    prompt: str
    characters: int
    draws: list[Draw]
    seeds: list[int]
    threads: int


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
        "characters": claim(settings.characters, "", "exact"),
        "settings": claim(len(settings.draws), "", "exact"),
        "seeds": claim(len(settings.seeds), "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
